import { Context } from '@temporalio/activity';
import type { AdmissionAnswer, ReleaseDraft } from '../../contracts/admission/admission.ts';
import { skipped as skip, type Decision } from '../../contracts/admission/decision.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import { failure } from '../../contracts/core/failures.ts';
import { LANDFALL_YAML } from '../../contracts/config/landfall-yaml.ts';
import { takenRouteSentence } from '../../contracts/config/outside-warnings.ts';
import { lookAgain } from './again.ts';
import { evaluateCi } from './ci.ts';
import { decisionsAbout, inWords, knownDecisions } from './decision-records.ts';
import type { Admission, DeliveryActivities, Refusal } from './admission.port.ts';
import { evaluateImage } from './image.ts';
import type { DeliveryDeps, Evaluation } from './evaluation.ts';
import { readRules } from './protection.ts';
import { evaluatePromotion } from './promote.ts';
import { evaluatePush } from './push.ts';
import { evaluateRequest } from './request.ts';
import { evaluateRollback } from './rollback.ts';
import { withAuthors } from './who-caused.ts';
import { imageTagOf } from './tag-version.ts';

/** A look takes a second at most; more heads than this in a row are left to the activity's own retries. */
const MAX_LOOKS = 5;

/** Decides what an event or a request means, and admits the releases that follow from it. */
export function createDeliveryActivities(deps: DeliveryDeps): DeliveryActivities {
  return {
    readRules: (job) => readRules(deps, job, Context.current().cancellationSignal),

    async admit(trigger) {
      const signal = Context.current().cancellationSignal;
      const releases = await deps.catalogue.admitted(trigger.requestKey);
      if (releases.length > 0) return { releases, skipped: [], decisions: decisionsAbout(trigger, releases) };
      for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
        const admission = await conclude(deps, trigger, await look(deps, trigger, signal), signal);
        if (admission) return admission;
        signal.throwIfAborted();
      }
      throw failure(
        'StoreUnavailable',
        `The branch, or a name in its file, moved ${MAX_LOOKS} times while its head was being read. It will be read again.`,
      );
    },

    async plan(trigger) {
      const seen = await lookAhead(deps, trigger, Context.current().cancellationSignal);
      if (seen.kind === 'skip') return { releases: [], skipped: inWords([seen.decision]) };
      if (seen.kind === 'refuse') return { releases: [], skipped: [seen.refusal.failure.message] };
      if (seen.kind === 'ask')
        return { releases: [], skipped: [`${seen.environments.join(', ')} has not reported yet what is live there`] };
      const releases = seen.request.drafts.map(({ key, ref, commit, subject, environments, image }) => ({
        ...{ key, ref, commit, subject, environments },
        digest: image?.digest ?? null,
      }));
      const { warnings = [] } = seen;
      return { releases, skipped: inWords(seen.skipped), ...(warnings.length > 0 && { warnings }) };
    },
  };
}

/** A plan looks as {@link look} does, and warns as well. */
const lookAhead = (deps: DeliveryDeps, trigger: Trigger, signal: AbortSignal): Promise<Evaluation> =>
  trigger.kind === 'request' ? evaluateRequest(deps, trigger, signal, { warn: true }) : look(deps, trigger, signal);

function look(deps: DeliveryDeps, trigger: Trigger, signal: AbortSignal): Promise<Evaluation> {
  switch (trigger.kind) {
    case 'push':
      return evaluatePush(deps, trigger, signal);
    case 'ci':
      return evaluateCi(deps, trigger, signal);
    case 'request':
      return evaluateRequest(deps, trigger, signal);
    case 'image':
      return evaluateImage(deps, trigger, signal);
    case 'rollback':
      return evaluateRollback(deps, trigger, signal);
    case 'promote':
      return evaluatePromotion(deps, trigger, signal);
    case 'again':
      return lookAgain(deps, trigger, signal);
  }
}

/** @returns `undefined` when the head or a name may have moved, and has to be read again */
async function conclude(
  deps: DeliveryDeps,
  trigger: Trigger,
  seen: Evaluation,
  signal: AbortSignal,
): Promise<Admission | undefined> {
  if (seen.kind === 'skip') return { releases: [], skipped: inWords([seen.decision]), decisions: [seen.decision] };
  if (seen.kind === 'refuse') return refuse(seen.refusal, [], []);
  if (seen.kind === 'ask') return { releases: [], skipped: [], decisions: [], asks: seen.environments };
  const { catalogue, registry } = deps;
  const { request, skipped, unconcerned } = seen;
  for (const { key, image, tag } of request.drafts) {
    // A build would put it on what it pushes. Before it is admitted: what is admitted is not looked at again.
    if (image && tag !== undefined) await registry?.tagImage(key, image.digest, imageTagOf(tag), signal);
  }
  const drafts = await Promise.all(request.drafts.map((draft) => withPeople(deps, trigger, draft, signal)));
  const answer = await catalogue.admit({ ...request, drafts });
  if (answer.kind === 'moved') return undefined;
  if (answer.kind !== 'admitted') {
    const taken = takenFailure(request.project, answer);
    if (trigger.kind !== 'push') throw taken.error;
    const [draft] = request.drafts;
    if (!draft) return skippedOnly([...skipped, skip('invalid_configuration', taken.message)], unconcerned);
    const { origin, commit } = draft;
    return refuse({ origin, commit, failure: { type: taken.type, message: taken.message } }, skipped, unconcerned);
  }
  const known = [...skipped, ...knownDecisions(request, answer.known)];
  const decisions = [...decisionsAbout(trigger, answer.releases), ...known, ...unconcerned];
  return { releases: answer.releases, skipped: inWords(known), decisions };
}

function takenFailure(project: string, answer: Extract<AdmissionAnswer, { kind: 'taken' | 'route taken' }>) {
  const [type, message] =
    answer.kind === 'taken'
      ? ([
          'InvalidConfiguration',
          `The project name ${project} belongs to ${answer.by}. Set another "project:" in ${LANDFALL_YAML}.`,
        ] as const)
      : (['RouteTaken', `${LANDFALL_YAML}: ${takenRouteSentence(answer.taken)}.`] as const);
  return { type, message, error: failure(type, message) };
}

/** Events bring the people behind them; a request by a person adds the authors of its commit. */
const withPeople = async (deps: DeliveryDeps, { kind }: Trigger, draft: ReleaseDraft, signal: AbortSignal) =>
  kind === 'push' || kind === 'ci' || kind === 'again' ? draft : withAuthors(deps, draft, signal);

const skippedOnly = (skipped: readonly Decision[], unconcerned: readonly Decision[]): Admission => ({
  releases: [],
  skipped: inWords(skipped),
  decisions: [...skipped, ...unconcerned],
});

function refuse(refused: Refusal, skipped: readonly Decision[], unconcerned: readonly Decision[]): Admission {
  const why = skip('invalid_configuration', refused.failure.message, { commit: refused.commit });
  return { ...skippedOnly(skipped, [why, ...unconcerned]), refused };
}
