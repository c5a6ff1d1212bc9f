import type { Trigger } from '../../contracts/admission/delivery.ts';
import { failure } from '../../contracts/core/failures.ts';
import { serviceId } from '../../contracts/core/ids.ts';
import { COMMIT, isRefName } from '../../contracts/core/names.ts';
import { previewNumber } from '../../contracts/core/preview-names.ts';
import { askedCommit, askedEnvironment, askedService, askedSettings, environmentNames } from './resolve-request.ts';
import { readConfiguration, readProtection } from './configuration.ts';
import { skip, type DeliveryDeps, type Evaluation } from './evaluation.ts';
import { environmentsOf, listService, subjectOf } from './branch-rules.ts';
import { askedPreview, shownSettings } from './preview.ts';
import { openReader } from './repository.ts';
import { reusableImage } from './reusable-image.ts';
import { imageTagOf } from './tag-version.ts';
import { warningLine, warningsOfPlan } from './warnings.ts';

type RequestTrigger = Extract<Trigger, { kind: 'request' }>;

/**
 * Admits the request of a person or a CI system: one service, at a branch's head, a tag or a named commit, in one
 * environment or in all that follow the branch. Unlike a push it deploys even with `autoDeploy` off, and despite `[skip
 * deploy]`.
 *
 * @throws `UnknownService`, `InvalidRequest`, `CommitNotFound`, `InvalidConfiguration`
 */
export async function evaluateRequest(
  deps: DeliveryDeps,
  trigger: RequestTrigger,
  signal: AbortSignal,
  { warn = false }: { readonly warn?: boolean } = {},
): Promise<Evaluation> {
  const { catalogue, source } = deps;
  const { project, service, requestKey, actor } = trigger;
  const key = { project, service };
  if (trigger.ref !== null && !isRefName(trigger.ref)) {
    throw failure('InvalidRequest', 'The ref is neither a full commit id nor a branch name that Landfall takes.');
  }
  if (trigger.tag !== undefined && (!isRefName(trigger.tag) || imageTagOf(trigger.tag) === '')) {
    throw failure('InvalidRequest', 'The tag has a name that Landfall does not take.');
  }
  const reader = await openReader(source, await askedService(catalogue, key), signal);
  const { defaultBranch } = reader;
  const protection = await readProtection(reader);
  if ('missing' in protection) return skip('no_configuration', protection.missing, key);

  const running = environmentsOf(protection.file, service, defaultBranch);
  const number = trigger.environment === null ? undefined : previewNumber(trigger.environment);
  const { tag, environment } = trigger;
  const listed = environment === null ? undefined : () => askedEnvironment(running, environment, key);
  const wanted =
    number === undefined
      ? listed?.()
      : askedPreview(protection.file, reader, { key, number, ref: tag === undefined ? trigger.ref : null });
  const isNamed = tag !== undefined || (trigger.ref !== null && COMMIT.test(trigger.ref));
  // A preview is named by its commit, and follows its pull request all the same: an older head never takes over.
  const byName = isNamed && number === undefined;
  const branch = isNamed || trigger.ref === null ? (wanted?.branch ?? defaultBranch) : trigger.ref;
  const environments = wanted ? [wanted] : running.filter((each) => each.branch === branch);
  if (environments.length === 0) {
    throw failure(
      'InvalidRequest',
      `No environment of ${serviceId(key)} follows branch ${branch}. Name one of: ${environmentNames(running)}.`,
    );
  }

  const expected = await catalogue.newest(reader.project.origin, branch);
  const at = await askedCommit(reader, whatIsAsked(trigger, branch));
  const isDefaultHead = !isNamed && branch === defaultBranch;
  const configuration = await readConfiguration(reader, at.commit, isDefaultHead ? undefined : protection.file);
  if ('missing' in configuration)
    return skip('no_configuration', configuration.missing, { ...key, ref: tag ?? branch, commit: at.commit });

  const declared = askedSettings(configuration, service, at.commit);
  const settings = number === undefined ? declared : shownSettings(declared);
  const image = await reusableImage(deps, { key, commit: at.commit, settings: settings.build }, signal);
  const draft = {
    key,
    origin: reader.project.origin,
    ref: tag ?? branch,
    commit: at.commit,
    subject: subjectOf(at.message),
    actor,
    byName,
    byHand: true,
    settings,
    environments: environments.map((one) => one.settings),
    // An older commit that is requested by name must not become `latest` again.
    extraTags: tag === undefined ? (isDefaultHead ? ['latest'] : []) : [imageTagOf(tag)],
    ...(tag !== undefined && { tag }),
    ...(image && { image }),
  };
  const services = [listService(configuration, service, { defaultBranch, isDefaultHead })];
  const request = { requestKey, project, source: reader.project, services, drafts: [draft], expected, onlyNew: false };
  const about = { project, commit: at.commit, actor };
  const warnings = warn ? await warningsOfPlan(deps, reader, configuration, about, signal) : [];
  return { kind: 'admit', request, skipped: [], unconcerned: [], warnings: warnings.map(warningLine) };
}

function whatIsAsked({ tag, ref }: RequestTrigger, branch: string) {
  if (tag !== undefined) return { tag };
  return ref !== null && COMMIT.test(ref) ? { commit: ref } : { branch };
}
