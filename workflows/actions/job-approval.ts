import { gitHubOrigin } from '../../contracts/config/service.ts';
import { code, inline, ourWords } from '../../contracts/core/markdown.ts';
import { proxyActivities } from '@temporalio/workflow';
import type { GitHubActivities } from '../../activities/github/github.port.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import type { ApprovalState, DecisionRequest } from '../../contracts/deployment/approval.ts';
import type { ApprovalSettings } from '../../contracts/config/approval-settings.ts';
import { SYSTEM } from '../../contracts/core/actor.ts';
import type { Actor } from '../../contracts/core/actor.ts';
import { gateCheckId, gateCheckName } from '../../contracts/github/check-run.ts';
import type { CheckConclusion } from '../../contracts/github/check-run.ts';
import { protectionGateId, protectionWorkflowId } from '../../contracts/github/protection.ts';
import type { ProtectedJob, ProtectionResult } from '../../contracts/github/protection.ts';
import { telling } from '../lib/activity-options.ts';
import { ApprovalGate } from '../approval/approval-gate.ts';
import { audited } from '../reporting/audit.ts';
import { deferReport } from '../reporting/defer-report.ts';
import { ShownCheck } from '../reporting/check-run.ts';
import { LatestWins } from '../reporting/latest-wins.ts';
import { StoreRecorder } from '../reporting/store-recorder.ts';
import { describeGate } from '../lib/status-text.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

const { answerJob } = proxyActivities<GitHubActivities>({ ...telling, summary: 'comment on the job' });
const { jobWaits } = proxyActivities<GitHubActivities>({ ...telling, summary: 'does the job still wait?' });

/**
 * The conclusions for a job that was not let through. One that was approved and is held back all the same has failed.
 */
const REFUSED: Readonly<Record<ApprovalState['state'], CheckConclusion>> = {
  waiting: 'failure',
  approved: 'failure',
  rejected: 'failure',
  expired: 'timed_out',
  cancelled: 'cancelled',
};

type Verdict = Pick<ProtectionResult, 'answer' | 'comment'>;

/**
 * A job of GitHub Actions that is held at a gate, by the same rules as a deployment. People see it on the job, and on
 * its commit as a check run with buttons.
 */
export class JobApproval {
  readonly #job: ProtectedJob;
  readonly #id: string;
  readonly #gate: ApprovalGate;
  readonly #check: ShownCheck;
  readonly #store = new StoreRecorder();
  /** The job shows the newest while it waits. */
  readonly #comments: LatestWins<string>;
  /** The job waited when the first comment was sent; `undefined`: that is not known yet. */
  #isThere: boolean | undefined;

  /** The reason that holds the environment back as well, for now, and the people behind the job's commit come along. */
  constructor(
    job: ProtectedJob,
    settings: ApprovalSettings,
    { held, behind }: { readonly held: string | undefined; readonly behind: readonly Actor[] },
  ) {
    const { environment, commit, actor } = job;
    this.#job = job;
    this.#id = protectionGateId(job);
    const origin = this.#origin;
    const about = { id: this.#id, environment, commit, digest: null, actor, behind, origin };
    this.#gate = new ApprovalGate(about, settings, ({ what, by, detail }) => {
      this.#audit(what, by, detail);
      const { reminder } = this.#gate;
      if ((what === 'reminded' || what === 'escalated') && reminder !== undefined) this.#comments.say(reminder);
      this.#show();
    });
    this.#check = new ShownCheck({
      ...{ origin, commit, externalId: gateCheckId(this.#id), name: gateCheckName(environment), logPath: '/' },
      mayExist: true,
    });
    this.#comments = new LatestWins<string>({
      failed: `the job of run ${job.runId} did not get its answer`,
      send: async (comment) => {
        try {
          const about = { origin, runId: job.runId, environment };
          const taken = await answerJob({ ...about, comment });
          // A comment may be refused for other reasons: only GitHub's list of what the run waits for ends a gate.
          this.#isThere ??= taken || (await jobWaits(about));
          return comment;
        } catch (error) {
          this.#isThere ??= true;
          throw error;
        }
      },
    });
    this.#audit('requested', SYSTEM, `${settings.count} needed`);
    const how = `press a button on the check "${gateCheckName(environment)}" of ${shortCommit(commit)}, or use: landfall approve ${this.#id}`;
    this.#comments.say([`It waits for approval: ${how}`, ...(held === undefined ? [] : [held])].join('. '));
    this.#show();
  }

  /** Waits at the gate. @param isCancelled - true once the waiting is ended */
  async wait(isCancelled: () => boolean): Promise<Verdict> {
    // A request that is handed over again may come after the end of its job.
    const ending = await this.#gate.wait(() => isCancelled() || this.isGone);
    // Nothing is to be written after the answer.
    await this.#comments.settle(TIMEOUTS.jobCommentMs);
    const names = this.#gate.state.decisions.map(({ by, via }) => `${by.name} (by ${via})`).join(', ');
    if (ending === 'approved') return { answer: 'approved', comment: `Approved by ${names}.` };
    const why = this.isGone ? 'The job does not wait any more.' : 'The waiting was ended.';
    return { answer: 'rejected', comment: this.#gate.refusal?.message ?? why };
  }

  /** The job did not wait any more when its gate began: there is nothing to answer. */
  get isGone(): boolean {
    return this.#isThere === false;
  }

  /** Shows the final answer. */
  end({ answer, comment }: Verdict): void {
    const { state } = this.#gate.state;
    this.#show(answer === 'approved' ? 'success' : REFUSED[state], comment);
  }

  /** @throws `NotWaiting` */
  assertAbout(asked: DecisionRequest): void {
    this.#gate.assertAbout(asked);
  }

  /** @throws `Forbidden`, `NotWaiting` */
  async decide(asked: DecisionRequest): Promise<ApprovalState> {
    return this.#gate.decide(asked);
  }

  /** Waits, bounded, until the store and GitHub know; leaves the rest to a `report`. */
  async settle(): Promise<void> {
    const [tellings, shown] = await Promise.all([
      this.#store.settle(TIMEOUTS.settle.endMs),
      this.#check.settle(TIMEOUTS.settle.endMs),
    ]);
    await deferReport(protectionWorkflowId(this.#job), { tellings, shown });
  }

  get #origin() {
    return gitHubOrigin(this.#job);
  }

  #show(conclusion: CheckConclusion = 'action_required', message = this.#gate.reminder): void {
    const { environment, commit, ref, runId, actor } = this.#job;
    const { state } = this.#gate;
    const waits = state.state === 'waiting';
    this.#check.show({
      title: describeGate(shortCommit(commit), state),
      rows: [
        [ourWords`Environment`, inline(environment)],
        [ourWords`Version`, ourWords`${code(shortCommit(commit))} of ${inline(ref)}`],
        [ourWords`Job`, ourWords`run ${inline(runId)} of GitHub Actions, by ${inline(actor.name)}`],
        [ourWords`Approvals`, ourWords`${state.decisions.length} of ${state.needed}`],
      ],
      ...(message !== undefined && { message }),
      conclusion,
      buttons: waits ? ['approve', 'reject'] : [],
    });
  }

  #audit(what: string, by: Actor, detail: string): void {
    const { commit, requestKey } = this.#job;
    const about = { action: `approval.${what}`, subject: this.#id, key: `${by.name}/${requestKey}`, commit };
    this.#store.say(audited({ ...about, by, at: Date.now(), detail }));
  }
}
