import { code, inline, link, ourWords, type Markdown } from '../../contracts/core/markdown.ts';
import type { ShowCheck } from '../../activities/github/github.port.ts';
import { shownAs } from '../../contracts/core/keys.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import type { ApprovalState } from '../../contracts/deployment/approval.ts';
import { deploymentCheckId, environmentCheckName } from '../../contracts/github/check-run.ts';
import type { CheckConclusion } from '../../contracts/github/check-run.ts';
import type { WaitingRequest } from '../../contracts/deployment/deployment.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import type { DeploymentOutcome } from '../../contracts/deployment/states.ts';
import { ShownCheck } from './check-run.ts';
import { describeGate, describeOutcome } from '../lib/status-text.ts';

const CONCLUSION: Readonly<Record<DeploymentOutcome, CheckConclusion>> = {
  live: 'success',
  failed: 'failure',
  rolled_back: 'failure',
  rollback_failed: 'failure',
  cancelled: 'cancelled',
  superseded: 'neutral',
};

const ROLLBACK: Readonly<Record<DeploymentOutcome, Markdown>> = {
  live: ourWords`Not needed: it was seen serving`,
  failed: ourWords`Not needed: nothing was touched, what ran before never stopped`,
  rolled_back: ourWords`Done: what ran before is running again, and was seen serving`,
  rollback_failed: ourWords`**Failed: a person is needed**`,
  cancelled: ourWords`Nothing of it runs: whatever it had switched was taken back`,
  superseded: ourWords`Not needed: nothing was touched`,
};

interface Ending {
  readonly failure?: FailureRecord | undefined;
  readonly environmentUrl?: string | undefined;
}

/**
 * One deployment on its commit: the check run of its environment, with the version and what became of a rollback. It
 * comes into being at the gate or at the end, so a deployment costs GitHub one object more.
 */
export class EnvironmentCheck {
  readonly #request: WaitingRequest;
  readonly #check: ShownCheck | undefined;

  /** @param mayExist - true when another workflow may have reported it already */
  constructor(request: WaitingRequest, mayExist: boolean) {
    const { origin, commit, deploymentId, announced } = request;
    this.#request = request;
    if (origin.kind !== 'github') return;
    this.#check = new ShownCheck({
      ...{ origin, commit, externalId: deploymentCheckId(deploymentId), name: environmentCheckName(shownAs(request)) },
      logPath: `/deployments/${deploymentId}`,
      mayExist: mayExist || announced === true,
    });
  }

  /** At the gate, with buttons while it waits there. Returns at once. @param reminder - once it has waited for long */
  gate(state: ApprovalState, reminder: string | undefined): void {
    const waits = state.state === 'waiting';
    this.#check?.show({
      title: describeGate(shortCommit(this.#request.commit), state),
      rows: [...this.#version(), [ourWords`Approvals`, ourWords`${state.decisions.length} of ${state.needed}`]],
      ...(reminder !== undefined && { message: reminder }),
      conclusion: 'action_required',
      buttons: waits ? ['approve', 'reject'] : [],
    });
  }

  /** Returns at once. */
  end(outcome: DeploymentOutcome, { failure, environmentUrl }: Ending): void {
    const { commit, rollbackTo } = this.#request;
    this.#check?.show({
      title: describeOutcome(outcome, commit),
      rows: [
        ...this.#version(),
        [ourWords`Rollback`, ROLLBACK[outcome]],
        ...(rollbackTo === undefined ? [] : [[ourWords`Brings back`, code(rollbackTo)] as const]),
        ...(environmentUrl === undefined
          ? []
          : [[ourWords`Address`, link(code(environmentUrl), environmentUrl)] as const]),
      ],
      ...(failure && { message: failure.message }),
      conclusion: CONCLUSION[outcome],
      buttons: outcome === 'live' ? ['roll-back'] : [],
    });
  }

  /** Waits until GitHub knows, at most `limitMs`, then gives up. @returns the report that is not through */
  async settle(limitMs: number): Promise<ShowCheck | undefined> {
    return this.#check?.settle(limitMs);
  }

  #version(): ShowCheck['rows'] {
    const { commit, ref, digest } = this.#request;
    const { service, environment } = shownAs(this.#request);
    return [
      [ourWords`Environment`, ourWords`${inline(service)} in ${inline(environment)}`],
      [ourWords`Version`, ourWords`${code(shortCommit(commit))} of ${inline(ref)}`],
      [ourWords`Image`, code(digest)],
    ];
  }
}
