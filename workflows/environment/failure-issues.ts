import { isCancellation, log, proxyActivities } from '@temporalio/workflow';
import type { GitHubActivities } from '../../activities/github/github.port.ts';
import type { DeploymentRequest, DeploymentResult, LiveDeployment } from '../../contracts/deployment/deployment.ts';
import type { CrashLoop, LiveNews, Outage, Recovery } from '../../contracts/deployment/live-replica.ts';
import { FailureType } from '../../contracts/core/failures.ts';
import { isFailedOutcome } from '../../contracts/deployment/states.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';
import { telling } from '../lib/activity-options.ts';
import { Ordered } from '../reporting/ordered.ts';
import type { IssueState, IssueTelling } from './machine/carry.ts';

const { openFailureIssue, closeFailureIssues, closeOutageIssue } = proxyActivities<GitHubActivities>({
  ...telling,
  summary: 'tell GitHub',
});

/** A person who finds so many issues and comments has understood. */
const MAX_UNTOLD = 20;
/**
 * The issues about an environment's failures, beside its work and in order. GitHub hears of a success only when there
 * may be an issue to close.
 */
export class FailureIssues {
  readonly #gitHub: Ordered<IssueTelling>;
  #failing: boolean;
  #crashing: string | undefined;
  #outage: string | undefined;

  constructor({ failing = false, untoldIssues = [], crashing, outage }: IssueState) {
    this.#failing = failing;
    this.#crashing = crashing;
    this.#outage = outage;
    const send = async (tellings: readonly IssueTelling[]) => {
      for (const telling of tellings) this.#failing = await this.#isFailingAfter(telling);
    };
    const failed = 'GitHub did not take an issue';
    this.#gitHub = new Ordered({ send, atOnce: () => 1, failed }, untoldIssues.map(again));
  }

  get state(): IssueState {
    const { untold } = this.#gitHub;
    return {
      ...(this.#failing && { failing: true }),
      ...(untold.length > 0 && { untoldIssues: untold }),
      ...(this.#crashing !== undefined && { crashing: this.#crashing }),
      ...(this.#outage !== undefined && { outage: this.#outage }),
    };
  }

  /** Notes a deployment that has run; returns at once. @param before - the version that was live when it began */
  note(request: DeploymentRequest, { outcome, failure }: DeploymentResult, before: LiveDeployment | null): void {
    const { origin, key, called, deploymentId, commit, digest, environment } = request;
    if (origin.kind !== 'github') return;
    const named = { key, ...(called && { called }) };
    const about = { origin, ...named, deploymentId, commit, logPath: `/deployments/${deploymentId}`, mayBeTold: false };
    if (outcome === 'live') {
      if (!this.#failing && this.#gitHub.untold.length === 0) return;
      // A failure that is over before GitHub has heard of it needs no issue.
      this.#gitHub.keepNewest(0);
      this.#tell({ kind: 'landed', about });
    } else if (environment.issues && isFailedOutcome(outcome)) {
      const reason = failure ?? { type: FailureType.Internal, message: 'No reason was given.' };
      const failed = { ...about, digest, outcome, failure: reason, before: before?.commit ?? null };
      this.#tell({ kind: 'failed', about: failed });
    }
  }

  /** Notes news about a live deployment; returns at once. Repeated news adds nothing. */
  noteNews({ kind, about }: LiveNews): void {
    switch (kind) {
      case 'crash-loop':
        if (this.#crashing === about.deploymentId) return;
        this.#crashing = about.deploymentId;
        this.#tellOfLive(about, 'crash_loop');
        return;
      case 'outage': {
        const outage = `${about.deploymentId} ${String(about.since)}`;
        if (this.#outage === outage) return;
        this.#outage = outage;
        this.#tellOfLive(about, 'not_serving');
        return;
      }
      case 'recovery':
        this.#tellOfRecovery(about);
    }
  }

  #tellOfLive(live: CrashLoop | Outage, outcome: 'crash_loop' | 'not_serving'): void {
    const { origin, key, called, deploymentId, commit, digest, failure, issues } = live;
    if (origin.kind !== 'github' || !issues) return;
    const named = { key, ...(called && { called }) };
    const about = { origin, ...named, deploymentId, commit, logPath: `/deployments/${deploymentId}`, mayBeTold: true };
    this.#tell({ kind: 'failed', about: { ...about, digest, outcome, failure, before: null } });
  }

  #tellOfRecovery({ origin, key, deploymentId, commit, issues }: Recovery): void {
    this.#outage = undefined;
    if (origin.kind !== 'github' || !issues) return;
    const about = { origin, key, deploymentId, commit, logPath: `/deployments/${deploymentId}`, mayBeTold: true };
    this.#tell({ kind: 'recovered', about });
  }

  /** Waits, bounded, until GitHub knows; what is left is in {@link state}. */
  async settle(): Promise<void> {
    await this.#gitHub.settle(TIMEOUTS.settle.betweenDeploymentsMs);
  }

  #tell(telling: IssueTelling): void {
    this.#gitHub.keepNewest(MAX_UNTOLD - 2);
    this.#gitHub.say(telling);
  }

  /** @returns true when an issue may be open now */
  async #isFailingAfter({ kind, about }: IssueTelling): Promise<boolean> {
    try {
      if (kind === 'failed') return (await openFailureIssue(about)) || this.#failing;
      if (kind === 'recovered') {
        await closeOutageIssue(about);
        // One of another cause may be open.
        return this.#failing;
      }
      return this.#failing && !(await closeFailureIssues(about));
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.error('GitHub did not take an issue', { error, deploymentId: about.deploymentId });
      return true;
    }
  }
}

/** Repeats a report that may have been under way when the run before ended. */
const again = (telling: IssueTelling): IssueTelling =>
  telling.kind === 'failed'
    ? { kind: 'failed', about: { ...telling.about, mayBeTold: true } }
    : { kind: telling.kind, about: { ...telling.about, mayBeTold: true } };
