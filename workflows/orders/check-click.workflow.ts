import { gitHubOrigin } from '../../contracts/config/service.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import { COMMIT_CHECK } from '../../contracts/github/commit-check.ts';
import { checkCommit } from '../maintenance/check-commit.workflow.ts';
import { log, proxyActivities } from '@temporalio/workflow';
import type { GitHubActivities, NoteOnCheck } from '../../activities/github/github.port.ts';
import type { PeopleActivities } from '../../activities/people/people.port.ts';
import type { CheckAnswer, CheckClick } from '../../contracts/github/check-run.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import { environmentOf, releaseOf } from '../../contracts/core/ids.ts';
import { ourWords } from '../../contracts/core/markdown.ts';
import type { OrderResult } from '../../contracts/github/order.ts';
import { atLeast } from '../../contracts/github/permission.ts';
import { orderCall, telling } from '../lib/activity-options.ts';
import { executeOrder } from './execute-order.ts';
import { explain } from '../lib/failure-record.ts';

const { noteOnCheck, updateBuildCheck } = proxyActivities<GitHubActivities>({ ...telling, summary: 'tell GitHub' });
const { permissionOf } = proxyActivities<GitHubActivities>({ ...orderCall, summary: 'may they?' });
const { stateOf } = proxyActivities<PeopleActivities>({ ...orderCall, summary: 'ask the environment' });

const SAID = { approve: 'Approve', reject: 'Reject', 'roll-back': 'Roll back', again: 'Re-run' } as const;

/** It is not known how far it had come. */
const LOST =
  'it was lost while it was under way: its workflow failed, or was ended by force. Nothing more happens by itself. Look at its state, and press it again if it has not come to its end.';

/**
 * Does what a person has clicked on a check run, if they may, and answers on the check run. About an approval the
 * waiting workflow decides itself; for all else it takes write permission on the repository, read anew.
 */
export async function checkClick(click: CheckClick): Promise<CheckAnswer> {
  const { actor, wanted, lost } = click;
  if (lost) {
    await say(click, `${actor.name} pressed "${SAID[wanted]}": ${LOST}`, undefined);
    return { done: false, note: LOST };
  }
  try {
    const note = await doneBy(click);
    if (note !== null) await say(click, `${actor.name} pressed "${SAID[wanted]}": ${note}`, []);
    return { done: true, note };
  } catch (error) {
    const refused = explain(error);
    await say(click, `${actor.name} pressed "${SAID[wanted]}": ${refused.message}`, buttonsAfter(click, refused));
    return { done: false, note: refused.message };
  }
}

/** @returns the answer; `null` where the check run itself will show it */
async function doneBy(click: CheckClick): Promise<string | null> {
  const { wanted, subject, orderId, actor: by, commit } = click;
  if (wanted === 'approve' || wanted === 'reject') {
    if (subject.kind === 'build' || subject.kind === 'commit') {
      throw failure(FailureType.InvalidRequest, `a ${subject.kind} waits for no decision.`);
    }
    const decision = { kind: 'decide', decision: wanted, deploymentId: subject.id, commit, via: 'check' } as const;
    await executeOrder({ ...decision, orderId, by, note: '' });
    return null;
  }
  await refuseReaders(click);
  if (wanted === 'again' && subject.kind === 'commit') return checkedAgain(click);
  if (wanted === 'again')
    return releasedBy(await executeOrder({ kind: 'retry', orderId, by, releaseId: releaseIn(click) }));
  return rollBack(click);
}

/** The commit is the same; what the default branch says of environments, or what Landfall can read, may be other. */
async function checkedAgain(click: CheckClick): Promise<string> {
  const { requestKey, repositoryId, repository, installationId, commit, actor } = click;
  const about = { requestKey, repositoryId, repository, installationId, commit, actor };
  const conclusion = await checkCommit({ kind: 'commit-check', branch: '', ...about });
  if (conclusion === null) return 'nothing to do: Landfall may not read this repository.';
  if (conclusion === 'success') await endRefusal(click);
  return conclusion === 'success'
    ? `looked at again: landfall.yaml can be used. To release ${shortCommit(commit)}, deploy it by name, or push again.`
    : `looked at again: landfall.yaml cannot be used. The check "${COMMIT_CHECK}" says why.`;
}

/** The refused file may be used now: the check that says otherwise would keep the commit red. */
async function endRefusal(click: CheckClick): Promise<void> {
  const { subject, checkRunId } = click;
  if (subject.kind !== 'commit' || subject.refused === undefined) return;
  const summary = ourWords`It could not be used when it was pushed.`;
  const title = 'landfall.yaml can be used now';
  const update = { origin: gitHubOrigin(click), checkRunId, title, summary, conclusion: 'success' } as const;
  await updateBuildCheck(update).catch((error: unknown) =>
    log.error('GitHub did not take the report', { error, title }),
  );
}

/** Brings back the version that was live before this one, if this one is live. */
async function rollBack({ subject, orderId, actor: by, commit }: CheckClick): Promise<string> {
  const key = subject.kind === 'deployment' ? environmentOf(subject.id) : undefined;
  if (!key) throw failure(FailureType.InvalidRequest, 'it is about no deployment.');
  const state = await stateOf({ key, after: subject.id });
  if (state?.live?.deploymentId !== subject.id) {
    const now = state?.live ? `${shortCommit(state.live.commit)} (${state.live.deploymentId})` : 'nothing';
    throw failure(
      FailureType.Refused,
      `${shortCommit(commit)} is not live any more in ${key.environment}, but ${now}.`,
    );
  }
  if (!state.previous) {
    throw failure(FailureType.Refused, `Nothing was live in ${key.environment} before it, so there is no way back.`);
  }
  const to = state.previous.deploymentId;
  return releasedBy(await executeOrder({ kind: 'rollback', orderId, by, key, to }));
}

/** @throws `InvalidRequest` for what Landfall cannot run again */
function releaseIn({ subject }: CheckClick): string {
  const id = subject.kind === 'build' ? subject.id : releaseOf(subject.id);
  if (id !== undefined && subject.kind !== 'gate') return id;
  throw failure(FailureType.InvalidRequest, 'Run the job again on GitHub Actions: GitHub asks Landfall again then.');
}

/** @throws `Forbidden` */
async function refuseReaders({ actor, ...click }: CheckClick): Promise<void> {
  const has = await permissionOf({ origin: gitHubOrigin(click), login: actor.name });
  if (atLeast(has, 'write')) return;
  throw failure(FailureType.Forbidden, `It takes write permission on the repository; ${actor.name} has ${has}.`);
}

function releasedBy(result: OrderResult): string {
  if (result.kind !== 'released') return 'done.';
  const { released, skipped } = result;
  return released.length > 0 ? `${released.join(', ')} does it.` : `nothing to do: ${skipped.join('; ')}.`;
}

/** A click that came to nothing leaves the buttons to others, unless what they were for is over. */
function buttonsAfter({ wanted }: CheckClick, { type }: FailureRecord): NoteOnCheck['buttons'] {
  if (wanted === 'again') return undefined;
  if (wanted === 'roll-back') return type === FailureType.Refused ? [] : ['roll-back'];
  return type === FailureType.NotWaiting ? undefined : ['approve', 'reject'];
}

async function say(click: CheckClick, note: string, buttons: NoteOnCheck['buttons']): Promise<void> {
  const about = { origin: gitHubOrigin(click), checkRunId: click.checkRunId, note, ...(buttons && { buttons }) };
  await noteOnCheck(about).catch((error: unknown) => log.error('GitHub did not take the report', { error, note }));
}
