import { SYSTEM } from '../../contracts/core/actor.ts';
import type { Actor } from '../../contracts/core/actor.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import type { ApprovalState, DecisionRequest } from '../../contracts/deployment/approval.ts';
import type { ApprovalSettings } from '../../contracts/config/approval-settings.ts';
import type { DeploymentRequest, DeploymentResult } from '../../contracts/deployment/deployment.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';
import { ApprovalGate } from '../approval/approval-gate.ts';
import { audited } from '../reporting/audit.ts';
import { GitHubDeployment } from '../reporting/github-deployment.ts';
import { deferReport } from '../reporting/defer-report.ts';
import type { StoreRecorder } from '../reporting/store-recorder.ts';
import { describeOutcome } from '../lib/status-text.ts';

/** The outcome of a gate: the way is free, or the deployment has ended here. */
export type GateOutcome = { readonly open: true } | { readonly open: false; readonly ending: DeploymentResult };

/** A deployment that is held at a gate: the store, GitHub and the audit trail hear of everything that happens there. */
export class Approval {
  readonly #request: DeploymentRequest;
  readonly #store: StoreRecorder;
  readonly #gitHub: GitHubDeployment;
  readonly #gate: ApprovalGate;

  constructor(request: DeploymentRequest, settings: ApprovalSettings, store: StoreRecorder) {
    const { deploymentId: id, environment, commit, digest, actor, origin, alsoBy = [], authors = [] } = request;
    this.#request = request;
    this.#store = store;
    this.#gitHub = new GitHubDeployment(request, undefined);
    const behind = [...alsoBy, ...authors];
    const held = { id, environment: environment.name, commit, digest, actor, behind, origin };
    this.#gate = new ApprovalGate(held, settings, ({ what, by, detail }) => {
      this.#audit(what, by, detail);
      if (what === 'approved' || what === 'escalated' || what === 'reminded') this.#showGate();
    });
  }

  get state(): ApprovalState {
    return this.#gate.state;
  }

  /** Waits at the gate. @param isCancelled - whether the release is being cancelled meanwhile */
  async wait(isCancelled: () => boolean): Promise<GateOutcome> {
    this.#announce();
    return (await this.#gate.wait(isCancelled)) === 'approved' ? this.#open() : this.#close();
  }

  /** Ends the waiting of this deployment; another one is none of its business. */
  withdraw(deploymentId: string, why: FailureRecord): void {
    if (deploymentId === this.#request.deploymentId) this.#gate.withdraw(why);
  }

  /** @throws `NotWaiting` when the decision is about something else than what waits here */
  assertAbout(asked: DecisionRequest): void {
    this.#gate.assertAbout(asked);
  }

  /**
   * Takes a decision of a person who may decide.
   *
   * @throws `Forbidden`; `NotWaiting` when another decision was quicker
   */
  async decide(asked: DecisionRequest): Promise<ApprovalState> {
    return this.#gate.decide(asked);
  }

  #announce(): void {
    const { deploymentId, commit } = this.#request;
    const { askedAt: at, needed } = this.state;
    this.#store.say(
      { kind: 'recordDeployment', record: { request: this.#request, at } },
      { kind: 'recordDeploymentState', record: { deploymentId, state: 'awaiting_approval', at } },
    );
    this.#audit('requested', SYSTEM, `${needed} needed`);
    this.#gitHub.show('awaiting_approval', `${shortCommit(commit)} waits for approval`);
    this.#showGate();
  }

  #showGate(): void {
    this.#gitHub.check.gate(this.state, this.#gate.reminder);
  }

  /** From here on the environment tells GitHub. */
  async #open(): Promise<GateOutcome> {
    await this.#gitHub.settle(TIMEOUTS.settle.endMs);
    return { open: true };
  }

  async #close(): Promise<GateOutcome> {
    const { deploymentId, commit } = this.#request;
    const why = this.#gate.refusal;
    const ending: DeploymentResult = {
      ...{ deploymentId, outcome: 'cancelled', urls: [], healthAttempts: 0, leftovers: [] },
      ...(why && { failure: why }),
    };
    this.#store.say({
      kind: 'recordDeploymentState',
      record: { deploymentId, state: 'cancelled', at: Date.now(), ...(why && { failure: why }) },
    });
    this.#gitHub.show('cancelled', describeOutcome('cancelled', commit, why?.message), { failure: why });
    await deferReport(deploymentId, { tellings: [], ...(await this.#gitHub.settle(TIMEOUTS.settle.endMs)) });
    return { open: false, ending };
  }

  #audit(what: string, by: Actor, detail: string): void {
    const { deploymentId, commit, digest } = this.#request;
    const about = { action: `approval.${what}`, subject: deploymentId, key: by.name, commit, digest };
    this.#store.say(audited({ ...about, by, at: Date.now(), detail }));
  }
}
