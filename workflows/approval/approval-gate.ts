import { condition, proxyActivities } from '@temporalio/workflow';
import type { GitHubActivities } from '../../activities/github/github.port.ts';
import { SYSTEM, isOnePerson } from '../../contracts/core/actor.ts';
import type { Actor } from '../../contracts/core/actor.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import { formatTime } from '../../contracts/core/time.ts';
import type { ApprovalState, ApprovalDecision, DecisionRequest } from '../../contracts/deployment/approval.ts';
import type { ApprovalSettings, Approvers } from '../../contracts/config/approval-settings.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import type { SourceOrigin } from '../../contracts/config/service.ts';
import { decisionCall } from '../lib/activity-options.ts';

const { findApprover } = proxyActivities<GitHubActivities>({ ...decisionCall, summary: 'may they decide?' });

/** The deployment or job that waits at a gate. */
interface Held {
  /** The id by which people name it. */
  readonly id: string;
  readonly environment: string;
  readonly commit: string;
  /** `null`: it brings no image that we know. */
  readonly digest: string | null;
  /** Its causer. */
  readonly actor: Actor;
  /** Further people behind it. */
  readonly behind?: readonly Actor[];
  readonly origin: SourceOrigin;
}

/** Something that the audit trail keeps. */
interface GateEvent {
  readonly what: 'reminded' | 'escalated' | 'expired' | 'approved' | 'rejected';
  readonly by: Actor;
  readonly detail: string;
}

/**
 * Waits until enough people say yes, one says no, or its time is over: remind → escalate → expire. Every decision is
 * kept with who, when and how. The gate's maker tells people of it.
 */
export class ApprovalGate {
  readonly #held: Held;
  readonly #settings: ApprovalSettings;
  readonly #tell: (event: GateEvent) => void;
  readonly #askedAt = Date.now();
  #decisions: readonly ApprovalDecision[] = [];
  #state: ApprovalState['state'] = 'waiting';
  #reminded = false;
  #escalated = false;
  #withdrawn: FailureRecord | undefined;

  constructor(held: Held, settings: ApprovalSettings, tell: (event: GateEvent) => void) {
    this.#held = held;
    this.#settings = settings;
    this.#tell = tell;
  }

  get state(): ApprovalState {
    const { id, environment, commit, digest } = this.#held;
    return {
      ...{ deploymentId: id, environment, commit, digest },
      state: this.#state,
      needed: this.#settings.count,
      approvers: this.#whoMay,
      decisions: this.#decisions,
      askedAt: this.#askedAt,
      expiresAt: this.#askedAt + this.#settings.expireAfterMs,
      escalated: this.#escalated,
    };
  }

  /** @param isCancelled - true once the deployment or job is being cancelled */
  async wait(isCancelled: () => boolean): Promise<Exclude<ApprovalState['state'], 'waiting'>> {
    const isOver = () => this.#state !== 'waiting' || isCancelled();
    for (;;) {
      await condition(isOver, Math.max(1, this.#nextTime() - Date.now()));
      if (isOver()) break;
      this.#timePassed(Date.now());
    }
    if (this.#state === 'waiting') this.#state = 'cancelled';
    return this.#state;
  }

  /** @throws `NotWaiting` when the decision is about something else than what waits here */
  assertAbout({ deploymentId: id, commit, digest }: DecisionRequest): void {
    const held = this.#held;
    if (id !== held.id || this.#state !== 'waiting') throw failure(FailureType.NotWaiting, this.#whyNot(id));
    if (commit !== undefined && !held.commit.startsWith(commit)) {
      throw failure(FailureType.NotWaiting, `${id} is about ${shortCommit(held.commit)}, not ${shortCommit(commit)}.`);
    }
    if (digest !== undefined && digest !== held.digest) {
      throw failure(FailureType.NotWaiting, `${id} is about another image than ${digest}.`);
    }
  }

  /**
   * Takes a decision of a person who may decide.
   *
   * @throws `Forbidden`; `NotWaiting` when another decision was quicker
   */
  async decide(asked: DecisionRequest): Promise<ApprovalState> {
    const { decision, by, via, note } = asked;
    if (decision === 'approve') this.#refuseOwn(by);
    await this.#refuseOthers(by);
    // Another person may have decided during the call to GitHub.
    this.assertAbout(asked);
    if (decision === 'approve' && this.#hasSaidYes(by)) return this.state;

    const at = Date.now();
    this.#decisions = [...this.#decisions, { decision, by, via, note, at }];
    if (decision === 'reject') this.#state = 'rejected';
    else if (this.#decisions.length >= this.#settings.count) this.#state = 'approved';
    const what = decision === 'approve' ? 'approved' : 'rejected';
    this.#tell({ what, by, detail: [`by ${via}`, note].filter(Boolean).join(': ') });
    return this.state;
  }

  /** Ends the waiting for a reason that is no decision; afterwards it changes nothing. */
  withdraw(why: FailureRecord): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'cancelled';
    this.#withdrawn = why;
  }

  /** A reminder, once it has waited for long; `undefined` before, and when it waits no more. */
  get reminder(): string | undefined {
    if (this.#state !== 'waiting' || !(this.#reminded || this.#escalated)) return undefined;
    const still = 'It still waits for approval.';
    return this.#escalated ? `${still} Who may decide from now on: ${describe(this.#approvers)}.` : still;
  }

  /** The reason why it did not open; `undefined` when it did, or was cancelled by a person. */
  get refusal(): FailureRecord | undefined {
    if (this.#state === 'rejected') {
      const last = this.#decisions.at(-1);
      const note = last?.note ? `: ${last.note}` : '';
      return { type: FailureType.ApprovalRejected, message: `${last?.by.name ?? 'somebody'} said no${note}.` };
    }
    if (this.#state !== 'expired') return this.#withdrawn;
    const message = `It was not approved in time (${this.#decisions.length} of ${this.#settings.count}). Deploy it again to ask again.`;
    return { type: FailureType.ApprovalExpired, message };
  }

  get #whoMay(): string {
    const { actor } = this.#held;
    const own = this.#settings.selfReview ? '' : `; not ${actor.name}, who caused it`;
    return `${describe(this.#approvers)}${own}`;
  }

  get #approvers(): readonly Approvers[] {
    const { from, escalateTo } = this.#settings;
    return this.#escalated && escalateTo ? [from, escalateTo] : [from];
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
      this.#tell({ what: 'reminded', by: SYSTEM, detail: '' });
    }
    if (!this.#escalated && escalateAfterMs !== null && waited >= escalateAfterMs) {
      this.#escalated = true;
      this.#tell({ what: 'escalated', by: SYSTEM, detail: '' });
    }
    if (waited >= expireAfterMs) {
      this.#state = 'expired';
      this.#tell({ what: 'expired', by: SYSTEM, detail: '' });
    }
  }

  #whyNot(id: string): string {
    if (id !== this.#held.id) return `${id} does not wait for approval.`;
    const last = this.#decisions.at(-1);
    return `${id} is ${this.#state} already${last ? `, by ${last.by.name} at ${formatTime(last.at)}` : ''}.`;
  }

  /** While it waits, every decision so far is a yes. */
  #hasSaidYes(by: Actor): boolean {
    return this.#decisions.some((one) => isOnePerson(one.by, by));
  }

  #refuseOwn(by: Actor): void {
    if (this.#settings.selfReview) return;
    const { actor, behind = [] } = this.#held;
    const did = isOnePerson(by, actor)
      ? 'caused'
      : behind.some((one) => isOnePerson(by, one))
        ? 'is behind'
        : undefined;
    if (did === undefined) return;
    throw failure(
      FailureType.Forbidden,
      `${by.name} ${did} this release, and selfReview is off: another person has to approve it.`,
    );
  }

  /** @throws `Forbidden` with what is missing */
  async #refuseOthers(by: Actor): Promise<void> {
    const approvers = this.#approvers;
    if (approvers.some((one) => isNamed(one, by))) return;
    const { origin, environment } = this.#held;
    if (by.kind === 'github' && origin.kind === 'github') {
      if (await findApprover({ origin, login: by.name, approvers })) return;
    }
    throw failure(
      FailureType.Forbidden,
      `${by.name} may not decide about ${environment}. It takes ${describe(approvers)}.`,
    );
  }
}

/** True for a person who is named; or, where no person is, for an access token: its owner runs this Landfall. */
function isNamed({ users, teams }: Approvers, { kind, name }: Actor): boolean {
  if (users.includes(kind === 'token' ? `token:${name}` : name)) return true;
  if (kind === 'token') return users.length === 0 && teams.length === 0;
  // GitHub's logins are the same in upper and lower case.
  const login = name.toLowerCase();
  return kind === 'github' && users.some((one) => one.toLowerCase() === login);
}

function describe(approvers: readonly Approvers[]): string {
  const ways = approvers.flatMap(({ users, teams, permission }) => [
    ...users,
    ...teams.map((team) => `a member of ${team}`),
    ...(permission ? [`${permission} permission on the repository`] : []),
  ]);
  return ways.join(', or ') || 'no person: its approvers are empty';
}
