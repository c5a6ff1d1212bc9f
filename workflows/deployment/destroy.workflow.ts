import { getExternalWorkflowHandle, isCancellation, log, proxyActivities, sleep } from '@temporalio/workflow';
import type { GitHubActivities } from '../../activities/github/github.port.ts';
import type { DestroyActivities } from '../../activities/records/destroy.port.ts';
import type { ProveActivities } from '../../activities/targets/prove.port.ts';
import { FailureType, failure, failureOf } from '../../contracts/core/failures.ts';
import { environmentId, environmentWorkflowId } from '../../contracts/core/ids.ts';
import { workerCommand } from '../../contracts/core/queues.ts';
import type { PlaceRef } from '../../contracts/config/service.ts';
import type { DestroyInput, DestroyResult, Remains, UnclearedPlace } from '../../contracts/deployment/environment.ts';
import type { TargetActivities } from '../../contracts/deployment/target.ts';
import { clearing, clearingAgain, recallCall, telling } from '../lib/activity-options.ts';
import { settled } from '../lib/all-settled.ts';
import { explain } from '../lib/failure-record.ts';
import { timeoutOf } from '../lib/lost-worker.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';
import { destructionHalted } from '../messages/environment.messages.ts';
import { withdrawApproval } from '../messages/release.messages.ts';

const { findRemains, forgetEnvironment } = proxyActivities<DestroyActivities>({
  ...recallCall,
  summary: 'the store',
});
const { retireEnvironment } = proxyActivities<GitHubActivities>({ ...telling, summary: "GitHub's environment" });

/**
 * Takes everything of an environment away: containers, routes and images at every place that it was ever deployed to, GitHub's
 * environment, variables and secrets. The environment's own workflow begins it, when nothing runs there any more, and
 * begins nothing before it has ended.
 *
 * A place that is away is waited for: the environment says so, and nothing is forgotten before all of them are clear.
 */
export async function destroy(input: DestroyInput): Promise<DestroyResult> {
  const { key } = input;
  const remains = await findRemains(key);
  await endWaiting(remains, input);
  const unclear = new Unclear(input);
  const cleared = await settled(remains.places.map((place) => clear(place, input, unclear))).then(
    () => null,
    (error: unknown) => {
      if (isCancellation(error)) throw error;
      return explain(error).message;
    },
  );
  if (cleared !== null) return { kind: 'failed', why: cleared };

  const notes = remains.gitHub ? await onGitHub(input, remains.gitHub) : [];
  // A release may have come to its gate since.
  await endWaiting(await findRemains(key), input);
  if (await forgetEnvironment(input)) return { kind: 'gone', notes };
  return { kind: 'failed', why: `Something newer is live in ${environmentId(key)}: it was begun anew meanwhile.` };
}

/** Ends what waits for approval there, with the reason. */
async function endWaiting({ waiting }: Remains, { by, at }: DestroyInput): Promise<void> {
  const message = `${by.name} destroyed the environment at ${new Date(at).toISOString()}.`;
  const why = { type: FailureType.EnvironmentDestroyed, message };
  for (const { deploymentId, workflowId } of waiting) {
    await getExternalWorkflowHandle(workflowId)
      .signal(withdrawApproval, { deploymentId, failure: why })
      .catch((error: unknown) => log.info('what waited for approval is gone', { deploymentId, error }));
  }
}

/** The places that are not clear yet, as the environment is told. */
class Unclear {
  readonly #input: DestroyInput;
  readonly #places = new Map<string, UnclearedPlace>();

  constructor(input: DestroyInput) {
    this.#input = input;
  }

  /** @param why - what keeps it so; `null`: it is clear */
  async note(place: string, why: string | null): Promise<void> {
    if (why === null && !this.#places.delete(place)) return;
    if (why !== null) this.#places.set(place, { place, why });
    const { key, generation } = this.#input;
    await getExternalWorkflowHandle(environmentWorkflowId(key))
      .signal(destructionHalted, { generation, places: [...this.#places.values()] })
      .catch((error: unknown) => log.info('the environment is gone', { error }));
  }
}

/** @throws the reason why it is not clear, after a month, or at once where something newer runs */
async function clear({ name, queue }: PlaceRef, { key, generation }: DestroyInput, unclear: Unclear): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    // The first tries end soon, so that people hear what keeps it; from then on it is waited for.
    const options = { ...(tries === 1 ? clearing : clearingAgain), taskQueue: queue };
    try {
      const { remove } = proxyActivities<TargetActivities>({ ...options, summary: `clear ${name}` });
      await remove({ key, generation });
      const { proveGone } = proxyActivities<ProveActivities>({ ...options, summary: `look at ${name}` });
      await proveGone({ key, generation });
      await unclear.note(name, null);
      return;
    } catch (error) {
      if (isCancellation(error)) throw error;
      const isFinal = failureOf(error)?.type === FailureType.StaleGeneration;
      const why = timeoutOf(error) === undefined ? explain(error).message : away(name, queue);
      if (isFinal || tries >= TIMEOUTS.destroy.tries) throw isFinal ? error : failure(FailureType.HostAway, why);
      log.warn('a place is not clear yet', { error, place: name, tries });
      await unclear.note(name, why);
      await sleep(TIMEOUTS.destroy.clearAgainMs);
    }
  }
}

function away(name: string, queue: string): string {
  const command = workerCommand(queue);
  const hint = command === undefined ? '' : `: ${command}`;
  return `no worker has done the work of ${name} (task queue ${queue}) yet. It goes on by itself as soon as one does${hint}`;
}

/** GitHub is told as far as it lets itself be told: what runs is gone either way. @returns what a person may want to know */
async function onGitHub({ key }: DestroyInput, remains: NonNullable<Remains['gitHub']>): Promise<readonly string[]> {
  try {
    return await retireEnvironment({ ...remains, key });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.error('GitHub was not told of the end of an environment', { error });
    return [`GitHub still shows ${key.environment}: ${explain(error).message}`];
  }
}
