import { condition, proxyActivities } from '@temporalio/workflow';
import type { GitHubActivities } from '../../activities/github/github.port.ts';
import type {
  ApprovalSettings,
  ApprovalState,
  Approvers,
  Decision,
  DecisionRequest,
} from '../../contracts/approval.ts';
import type { DeploymentRequest, DeploymentResult } from '../../contracts/deployment.ts';
import { FailureType, failure } from '../../contracts/failures.ts';
import type { FailureRecord } from '../../contracts/failures.ts';
import type { Actor } from '../../contracts/actor.ts';
import { decisionCall } from './activity-options.ts';
import { GitHubDeployment } from './github-deployment.ts';
import { leaveToReport } from './last-words.ts';
import type { Teller } from './teller.ts';
import { describeOutcome, short } from './words.ts';

const { findApprover } = proxyActivities<GitHubActivities>({ ...decisionCall, summary: 'may they decide?' });

/** How long the end of the gate waits for GitHub before the rest is left to a `report`. */
const SETTLE_MS = 10_000;

/** What became of a gate: the way is free, or the deployment has ended here. */
export type GateOutcome = { readonly open: true } | { readonly open: false; readonly ending: DeploymentResult };

/**
 * One deployment that waits until enough people say yes, one says no, or its time is over: remind → escalate → expire.
 * Every decision is kept with who, when and how.
 */
export class Approval {
  readonly #request: DeploymentRequest;
  readonly #settings: ApprovalSettings;
  readonly #store: Teller;
  readonly #gitHub: GitHubDeployment;
  readonly #askedAt = Date.now();
  #decisions: readonly Decision[] = [];
  #state: ApprovalState['state'] = 'waiting';
  #reminded = false;
  #escalated = false;

  constructor(request: DeploymentRequest, settings: ApprovalSettings, store: Teller) {
    this.#request = request;
    this.#settings = settings;
    this.#store = store;
    this.#gitHub = new GitHubDeployment(request, undefined);
  }

  get state(): ApprovalState {
    const { deploymentId, environment, commit, digest } = this.#request;
    return {
      ...{ deploymentId, environment: environment.name, commit, digest },
      state: this.#state,
      needed: this.#settings.count,
      decisions: this.#decisions,
      askedAt: this.#askedAt,
      expiresAt: this.#askedAt + this.#settings.expireAfterMs,
      escalated: this.#escalated,
    };
  }

  /** Waits at the gate. @param isCancelled - whether the release is being cancelled meanwhile */
  async wait(isCancelled: () => boolean): Promise<GateOutcome> {
    this.#announce();
    const isOver = () => this.#state !== 'waiting' || isCancelled();
    for (;;) {
      await condition(isOver, Math.max(1, this.#nextTime() - Date.now()));
      if (isOver()) break;
      this.#timePassed(Date.now());
    }
    if (this.#state === 'waiting') this.#state = 'cancelled';
    return this.#state === 'approved' ? this.#open() : this.#close();
  }

  /** @throws `NotWaiting` when the decision is about something else than what waits here */
  assertAbout({ deploymentId, commit, digest }: DecisionRequest): void {
    const request = this.#request;
    if (deploymentId !== request.deploymentId || this.#state !== 'waiting') {
      throw failure(FailureType.NotWaiting, this.#whyNot(deploymentId));
    }
    if (commit !== undefined && !request.commit.startsWith(commit)) {
      throw failure(FailureType.NotWaiting, `${deploymentId} is about ${short(request.commit)}, not ${short(commit)}.`);
    }
    if (digest !== undefined && digest !== request.digest) {
      throw failure(FailureType.NotWaiting, `${deploymentId} is about another image than ${digest}.`);
    }
  }

  /**
   * Takes a decision of somebody who may decide.
   *
   * @throws `Forbidden`; `NotWaiting` when another decision was quicker
   */
  async decide(asked: DecisionRequest): Promise<ApprovalState> {
    const { decision, by, via, note } = asked;
    if (decision === 'approve') this.#refuseOwn(by);
    await this.#refuseOthers(by);
    // Somebody else may have decided while GitHub was asked.
    this.assertAbout(asked);
    if (this.#decisions.some((one) => isSame(one.by, by))) return this.state;

    const at = Date.now();
    this.#decisions = [...this.#decisions, { decision, by, via, note, at }];
    this.#audit(decision === 'approve' ? 'approved' : 'rejected', by, [`by ${via}`, note].filter(Boolean).join(': '));
    if (decision === 'reject') this.#state = 'rejected';
    else if (this.#decisions.length >= this.#settings.count) this.#state = 'approved';
    return this.state;
  }

  #announce(): void {
    const { deploymentId, commit } = this.#request;
    const at = this.#askedAt;
    this.#store.say(
      { kind: 'recordDeployment', record: { request: this.#request, at } },
      { kind: 'recordDeploymentState', record: { deploymentId, state: 'awaiting_approval', at } },
    );
    this.#audit('requested', SYSTEM, `${this.#settings.count} needed`);
    this.#gitHub.show('awaiting_approval', `${short(commit)} waits for approval`);
  }

  #nextTime(): number {
    const { remindAfterMs, escalateAfterMs, expireAfterMs } = this.#settings;
    const next = Math.min(
      this.#reminded ? Infinity : (remindAfterMs ?? Infinity),
      this.#escalated ? Infinity : (escalateAfterMs ?? Infinity),
      expireAfterMs,
    );
    return this.#askedAt + next;
  }

  #timePassed(now: number): void {
    const { remindAfterMs, escalateAfterMs, expireAfterMs } = this.#settings;
    const waited = now - this.#askedAt;
    if (!this.#reminded && remindAfterMs !== null && waited >= remindAfterMs) {
      this.#reminded = true;
      this.#audit('reminded', SYSTEM, '');
    }
    if (!this.#escalated && escalateAfterMs !== null && waited >= escalateAfterMs) {
      this.#escalated = true;
      this.#audit('escalated', SYSTEM, '');
    }
    if (waited >= expireAfterMs) {
      this.#state = 'expired';
      this.#audit('expired', SYSTEM, '');
    }
  }

  /** From here on the environment tells GitHub. */
  async #open(): Promise<GateOutcome> {
    await this.#gitHub.settle(SETTLE_MS);
    return { open: true };
  }

  async #close(): Promise<GateOutcome> {
    const { deploymentId, commit } = this.#request;
    const why = this.#why();
    const ending: DeploymentResult = {
      ...{ deploymentId, outcome: 'cancelled', urls: [], healthAttempts: 0, leftovers: [] },
      ...(why && { failure: why }),
    };
    this.#store.say({
      kind: 'recordDeploymentState',
      record: { deploymentId, state: 'cancelled', at: Date.now(), ...(why && { failure: why }) },
    });
    this.#gitHub.show('cancelled', describeOutcome('cancelled', commit, why?.message));
    await leaveToReport(deploymentId, { tellings: [], deployment: await this.#gitHub.settle(SETTLE_MS) });
    return { open: false, ending };
  }

  #why(): FailureRecord | undefined {
    if (this.#state === 'rejected') {
      const last = this.#decisions.at(-1);
      const note = last?.note ? `: ${last.note}` : '';
      return { type: FailureType.ApprovalRejected, message: `${last?.by.name ?? 'somebody'} said no${note}.` };
    }
    if (this.#state !== 'expired') return undefined;
    const message = `Nobody approved it in time (${this.#decisions.length} of ${this.#settings.count}). Deploy it again to ask again.`;
    return { type: FailureType.ApprovalExpired, message };
  }

  #whyNot(deploymentId: string): string {
    if (deploymentId !== this.#request.deploymentId) return `${deploymentId} does not wait for approval.`;
    const last = this.#decisions.at(-1);
    return `${deploymentId} is ${this.#state} already${last ? `, by ${last.by.name} at ${new Date(last.at).toISOString()}` : ''}.`;
  }

  #refuseOwn(by: Actor): void {
    if (this.#settings.selfReview || !isSame(by, this.#request.actor)) return;
    throw failure(
      FailureType.Forbidden,
      `${by.name} caused this release, and selfReview is off: somebody else has to approve it.`,
    );
  }

  /** @throws `Forbidden` with what is missing */
  async #refuseOthers(by: Actor): Promise<void> {
    const { from, escalateTo } = this.#settings;
    const approvers = this.#escalated && escalateTo ? [from, escalateTo] : [from];
    if (approvers.some((one) => isNamed(one, by))) return;
    if (by.kind === 'github' && this.#request.origin.kind === 'github') {
      const { origin } = this.#request;
      if (await findApprover({ origin, login: by.name, approvers })) return;
    }
    throw failure(
      FailureType.Forbidden,
      `${by.name} may not decide about ${this.#request.environment.name}. It takes ${describe(approvers)}.`,
    );
  }

  #audit(what: string, by: Actor, detail: string): void {
    const { deploymentId, commit, digest } = this.#request;
    const at = Date.now();
    this.#store.say({
      kind: 'recordAudit',
      record: {
        ...{ id: `approval.${what}/${deploymentId}/${by.name}`, at, actor: `${by.kind}:${by.name}` },
        ...{ action: `approval.${what}`, subject: deploymentId, commit, digest, detail },
      },
    });
  }
}

const SYSTEM: Actor = { kind: 'system', name: 'landfall' };

const isSame = (one: Actor, other: Actor): boolean => one.kind === other.kind && one.name === other.name;

/** Named outright; or, where nobody is, an access token: whoever has one runs this Landfall. */
function isNamed({ users, teams }: Approvers, { kind, name }: Actor): boolean {
  if (users.includes(kind === 'token' ? `token:${name}` : name)) return true;
  return kind === 'token' && users.length === 0 && teams.length === 0;
}

function describe(approvers: readonly Approvers[]): string {
  const ways = approvers.flatMap(({ users, teams, permission }) => [
    ...users,
    ...teams.map((team) => `a member of ${team}`),
    ...(permission ? [`${permission} permission on the repository`] : []),
  ]);
  return ways.join(', or ') || 'nobody: its approvers are empty';
}
