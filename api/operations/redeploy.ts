/** Changed variables take effect by a deployment of their own: the same image, with the new values. */
import { randomUUID } from 'node:crypto';
import { shortCommit } from '../../contracts/core/names.ts';
import type { VariablesChanged } from '../../contracts/http/api.ts';
import { environmentId, requestWorkflowId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { Actor } from '../../contracts/core/actor.ts';
import { PREVIEW_VARIABLES } from '../../contracts/core/preview-names.ts';
import { listUnderWay } from '../../store/queries/in-progress.ts';
import type { ChangedVariables } from '../../store/queries/variables.ts';
import { findEnvironment } from '../../store/queries/views.ts';
import { inOurWords } from './our-words.ts';
import type { ApiDeps } from '../deps.ts';

interface Wanted {
  readonly changed: ChangedVariables;
  readonly deploy: boolean;
  readonly actor: Actor;
}

type Answer = VariablesChanged['deployment'];

const answer = (state: Answer['state'], detail: string, releases: readonly string[] = []): Answer => ({
  state,
  detail,
  releases: [...releases],
});

/**
 * Has the live version deployed again, by its commit, unless a release on its way there brings the values itself. Never
 * throws because of Temporal: the values are stored by now, and the answer says so.
 */
export async function deployChange(deps: ApiDeps, key: EnvironmentKey, wanted: Wanted): Promise<Answer> {
  const { changed, deploy, actor } = wanted;
  if (changed.changed.length > 0 && key.environment === PREVIEW_VARIABLES) {
    return answer('kept', 'Each preview takes it with its next deployment: a push to its pull request, or /preview.');
  }
  const where = `${key.project}/${key.service}`;
  const later = `landfall deploy ${where} -e ${key.environment}`;
  if (changed.changed.length === 0) return answer('kept', 'Nothing is other than before.');
  if (!deploy) return answer('kept', `It takes effect with the next deployment; deploy now with "${later}".`);

  const found = await findEnvironment(deps.store.db, key);
  const underWay = await listUnderWay(deps.store.db, key);
  const carriers = underWay.filter(({ revision }) => revision === undefined || revision >= changed.revision);
  if (carriers.length > 0) {
    const ids = carriers.map(({ releaseId }) => releaseId);
    return answer('carried', `${ids.join(', ')} is on its way there and brings it along.`, ids);
  }
  const other = underWay.find(({ commit }) => commit !== found?.live?.commit);
  if (other) {
    // Deploying what is live now would take that one back.
    return answer(
      'kept',
      `${other.releaseId} is being deployed there with the values of before. When it has ended, deploy with "${later}".`,
    );
  }
  if (!found)
    return answer(
      'kept',
      `Landfall knows no environment ${environmentId(key)} yet; its first deployment takes the values.`,
    );
  if (!found.live) return answer('kept', 'Nothing is live there yet; the first deployment takes the values.');
  return request(deps, { key, actor, commit: found.live.commit, later });
}

async function request(
  { temporal, logger }: ApiDeps,
  {
    key,
    actor,
    commit,
    later,
  }: { readonly key: EnvironmentKey; readonly actor: Actor; readonly commit: string; readonly later: string },
): Promise<Answer> {
  const workflowId = requestWorkflowId(randomUUID());
  const trigger = { kind: 'request', requestKey: workflowId, ...key, ref: commit, actor } as const;
  try {
    const decided = await temporal.requestRelease(trigger, { workflowId });
    if (!decided) return answer('requested', `The deployment of ${shortCommit(commit)} with it was requested.`);
    const { released, skipped } = decided;
    if (released.length > 0)
      return answer('requested', `${released.join(', ')} deploys ${shortCommit(commit)} again with it.`, released);
    return answer('failed', `It is stored, but was not deployed: ${skipped.join('; ')}. Deploy with "${later}".`);
  } catch (error) {
    const { message } = await inOurWords(error, logger);
    return answer('failed', `It is stored, but was not deployed: ${message} Deploy with "${later}".`);
  }
}
