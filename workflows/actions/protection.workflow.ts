import {
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { DeliveryActivities } from '../../activities/admission/admission.port.ts';
import type { GitHubActivities } from '../../activities/github/github.port.ts';
import type { PeopleActivities } from '../../activities/people/people.port.ts';
import { gitHubOrigin } from '../../contracts/config/service.ts';
import type { DecisionRequest } from '../../contracts/deployment/approval.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { protectionGateId } from '../../contracts/github/protection.ts';
import type { ProtectedJob, ProtectionResult, ProtectionRules } from '../../contracts/github/protection.ts';
import { orderCall, patientCall, patientRead } from '../lib/activity-options.ts';
import { boundedRead } from '../lib/bounded-read.ts';
import { explain } from '../lib/failure-record.ts';
import { blockOf, refusedByHold } from '../environment/machine/blocks.ts';
import { JobApproval } from './job-approval.ts';
import { jobAsked } from '../messages/protection.messages.ts';
import { decideApproval } from '../messages/release.messages.ts';

const { readRules } = proxyActivities<DeliveryActivities>({ ...patientRead, summary: 'read landfall.yaml' });
const { answerJob } = proxyActivities<GitHubActivities>({ ...patientCall, summary: 'answer GitHub' });
const { stateOf } = proxyActivities<PeopleActivities>({ ...orderCall, summary: 'ask the environment' });

type KnownRules = Extract<ProtectionRules, { known: true }>;
type Verdict = Pick<ProtectionResult, 'answer' | 'comment'>;

/**
 * Answers GitHub for the jobs of one run that wait for an environment: by the approval that landfall.yaml asks for, if
 * any, and by what holds the environment back. A job does not stand in our queue, so one that is locked out, paused or
 * frozen is rejected, with until when; it is run again then. GitHub is always answered.
 */
export async function protection(job: ProtectedJob): Promise<ProtectionResult> {
  let again: ProtectedJob | undefined;
  let gate: JobApproval | undefined;
  let isCancelled = false;
  let isDecided = false;
  // Handlers first: a message may be delivered before the first line of work.
  setHandler(jobAsked, (asked) => void (again = asked));
  setHandler(
    decideApproval,
    async (request) => {
      // The job is listed from its first moment, and whoever answers at once is as right as who answers later.
      if (!gate && !isDecided) await condition(() => gate !== undefined || isDecided);
      return atGate().decide(request);
    },
    {
      validator: (request: DecisionRequest) => {
        if (gate ?? isDecided) atGate().assertAbout(request);
      },
    },
  );
  CancellationScope.current().cancelRequested.catch(() => (isCancelled = true));

  const { answer, comment } = await CancellationScope.nonCancellable(decide);
  isDecided = true;
  gate?.end({ answer, comment });
  const isGone = gate?.isGone === true;
  // It answers all requests so far; a request from here on may come too late for it.
  if (!isGone) again = undefined;
  const { runId, environment } = job;
  const origin = gitHubOrigin(job);
  const taken = await CancellationScope.nonCancellable(async () => {
    // The answer would be one to a job that began to wait since.
    const told = !isGone && (await answerJob({ origin, runId, environment, state: answer, comment }));
    await gate?.settle();
    await condition(allHandlersFinished);
    return told;
  });
  if (again) await continueAsNew<typeof protection>(again);
  return { answer, comment, taken };

  async function decide(): Promise<Verdict> {
    try {
      const rules = await boundedRead('Reading landfall.yaml', () => readRules(job));
      if (!rules.known) return rejected(rules.why);
      if (!rules.approval) return (await held(job, rules)) ?? approved('Nothing holds it back.');
      gate = new JobApproval(job, rules.approval, { held: await why(job, rules), behind: rules.authors ?? [] });
      const ending = await gate.wait(() => isCancelled);
      if (ending.answer === 'rejected') return ending;
      return (await held(job, rules)) ?? ending;
    } catch (error) {
      return rejected(`Landfall could not decide: ${explain(error).message}`);
    }
  }

  /** @throws `NotWaiting` */
  function atGate(): JobApproval {
    if (gate) return gate;
    throw failure(FailureType.NotWaiting, `${protectionGateId(job)} does not wait for approval.`);
  }
}

const approved = (comment: string): Verdict => ({ answer: 'approved', comment });
const rejected = (comment: string): Verdict => ({ answer: 'rejected', comment });

async function held(job: ProtectedJob, rules: KnownRules): Promise<Verdict | undefined> {
  const reason = await why(job, rules);
  return reason === undefined ? undefined : rejected(`${reason} Run the job again when that is over.`);
}

/** The reason that holds the environment back now, for one of its services, in a sentence. */
async function why(
  { actor, event, environment }: ProtectedJob,
  { keys, freeze, alsoBy = [] }: KnownRules,
): Promise<string | undefined> {
  const states = await Promise.all(keys.map((key) => stateOf({ key })));
  // Without any service a freeze still holds.
  for (const state of [...states, null]) {
    const { lock = null, pause = null, hold = null } = state ?? {};
    const request = { actor, alsoBy, environment: { ...(freeze && { freeze }) } };
    const block = blockOf({ lock, pause, hold }, request, Date.now());
    if (block) return `${environment} is ${block.why}.`;
    const refusal = refusedByHold({ hold }, { byHand: event === 'workflow_dispatch' });
    if (refusal) return refusal.message;
  }
  return undefined;
}
