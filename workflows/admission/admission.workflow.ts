import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ParentClosePolicy,
  WorkflowIdReusePolicy,
  isCancellation,
  log,
  proxyActivities,
  startChild,
} from '@temporalio/workflow';
import type { Admission, DeliveryActivities } from '../../activities/admission/admission.port.ts';
import type { PeopleActivities } from '../../activities/people/people.port.ts';
import type { DeliveryResult, Trigger } from '../../contracts/admission/delivery.ts';
import { releaseWorkflowId } from '../../contracts/core/ids.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import type { ReleaseInput } from '../../contracts/deployment/release.ts';
import { SearchAttributes } from '../../contracts/core/search-attributes.ts';
import { orderCall, patientRead } from '../lib/activity-options.ts';
import { askStandings } from './ask-live.ts';
import { boundedRead } from '../lib/bounded-read.ts';
import { keepDecisions, refusedDecision } from './decisions.ts';
import { explain } from '../lib/failure-record.ts';
import { tellRefusal } from './refused-commit.ts';
import type { release } from '../release/release.workflow.ts';

const { admit } = proxyActivities<DeliveryActivities>({
  ...patientRead,
  summary: 'read the head, decide what to release',
});

const { endJobs } = proxyActivities<PeopleActivities>({ ...orderCall, summary: 'end what waits for the run' });

/** Turns one event or request into releases, each started once however often the event arrives. */
export async function delivery(trigger: Trigger): Promise<DeliveryResult> {
  const ended = endJobsOf(trigger);
  const { releases, skipped, refused, decisions } = await decide(trigger).catch(async (error: unknown) => {
    await ended;
    throw error;
  });
  await Promise.all([
    ...releases.map(begin),
    refused && tellRefusal(refused),
    keepDecisions(trigger, decisions),
    ended,
  ]);
  return {
    released: releases.map(({ releaseId }) => releaseId),
    skipped: refused ? [...skipped, refused.failure.message] : skipped,
    decisions,
  };
}

/** Jobs that wait for an environment wait for nothing once their run has ended, such as by a cancel. Never fails. */
async function endJobsOf(trigger: Trigger): Promise<void> {
  if (trigger.kind !== 'ci' || trigger.run === undefined) return;
  const { repositoryId, run } = trigger;
  await endJobs({ repositoryId, runId: run.id, endedAt: run.endedAt }).catch((error: unknown) =>
    log.warn('what waits for the run goes on until it expires', { error, runId: run.id }),
  );
}

async function decide(trigger: Trigger): Promise<Admission> {
  try {
    return await admitAsked(trigger);
  } catch (error) {
    if (!isCancellation(error)) await keepDecisions(trigger, [refusedDecision(trigger, explain(error).message)]);
    throw error;
  }
}

/** The environments themselves decide what depends on the live version, never the store's copy of it. */
async function admitAsked(trigger: Trigger): Promise<Admission> {
  const depends = trigger.kind === 'promote' || (trigger.kind === 'rollback' && trigger.to === null);
  if (!depends) return boundedAdmit(trigger);
  const answer = await boundedAdmit({ ...trigger, standings: {} });
  if (!answer.asks) return answer;
  return boundedAdmit({ ...trigger, standings: await askStandings(trigger, answer.asks) });
}

const boundedAdmit = (trigger: Trigger): Promise<Admission> =>
  boundedRead('Reading the commit and its landfall.yaml', () => admit(trigger));

async function begin(input: ReleaseInput): Promise<void> {
  const { key, commit, sequence, subject, actor } = input;
  try {
    await startChild<typeof release>('release', {
      workflowId: releaseWorkflowId(key, commit, sequence),
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      staticSummary: `${key.project}/${key.service} ${shortCommit(commit)} ${subject}`,
      memo: { subject, actor: actor.name, page: `/releases/${input.releaseId}` },
      typedSearchAttributes: [
        { key: SearchAttributes.project, value: key.project },
        { key: SearchAttributes.service, value: key.service },
        { key: SearchAttributes.commit, value: commit },
      ],
    });
  } catch (error) {
    // An attempt before this one got as far as here.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
