import { shortCommit } from '../../contracts/core/names.ts';
import type { DeploymentInput, DeploymentResult, WaitingRequest } from '../../contracts/deployment/deployment.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';
import { describeOutcome } from '../lib/status-text.ts';
import { deferReport } from '../reporting/defer-report.ts';
import { EnvironmentCheck } from '../reporting/environment-check.ts';
import { GitHubDeployment } from '../reporting/github-deployment.ts';
import type { StoreRecorder } from '../reporting/store-recorder.ts';
import { shorten } from './machine/short-request.ts';
import type { Effect } from './machine/state.ts';

type Ending = Extract<Effect, { kind: 'show-ending' }>;

/** Reports deployments that wait, or end without having run, to the store and GitHub. */
export class ShownDeployments {
  readonly #store: StoreRecorder;
  /** Deployments that really have to wait: each of the others opens itself at GitHub. */
  readonly #waiting: Map<string, GitHubDeployment>;
  /** Those of them that GitHub may not show as queued: the next run does. */
  readonly #unshown = new Set<string>();
  /** Ended ones, of which GitHub may not know yet. */
  readonly #leaving = new Map<string, Pick<GitHubDeployment, 'settle'>>();
  /** The run ends: what ends from now on is in no new run, and not among those that are waited for. */
  #isEnding = false;

  /**
   * @param requests - those that waited in the run before
   * @param unshown - the deployments among them that it could not show
   */
  constructor(requests: readonly WaitingRequest[], unshown: readonly string[], store: StoreRecorder) {
    this.#store = store;
    this.#waiting = new Map(
      requests.map((request) => {
        const isUnshown = unshown.includes(request.deploymentId);
        const gitHub = new GitHubDeployment(request, isUnshown ? 'maybe-pending' : 'maybe');
        if (isUnshown) gitHub.show('queued', `${shortCommit(request.commit)} waits`);
        return [request.deploymentId, gitHub] as const;
      }),
    );
  }

  /** Among those that wait, the ones that GitHub may not show as queued when the run ends. */
  unshownOf(waiting: readonly WaitingRequest[]): readonly string[] {
    return waiting.map(({ deploymentId }) => deploymentId).filter((id) => this.#unshown.has(id));
  }

  /** @param why - the reason for its wait; `undefined`: only those before it */
  wait(request: WaitingRequest, why: string | undefined): void {
    const at = Date.now();
    const { deploymentId } = request;
    const gitHub = new GitHubDeployment(request, request.announced ? 'maybe' : undefined);
    this.#waiting.set(deploymentId, gitHub);
    // Nothing waits for what begins from now on.
    if (this.#isEnding) this.#unshown.add(deploymentId);
    this.#store.say(
      { kind: 'recordDeployment', record: { request: shorten(request), at } },
      ...(request.announced
        ? [{ kind: 'recordDeploymentState', record: { deploymentId, state: 'queued', at } } as const]
        : []),
    );
    gitHub.show('queued', `${shortCommit(request.commit)} waits: ${why ?? 'for the deployments before it'}`);
  }

  /**
   * The part of its waiting that a deployment must know: whether there was any, and GitHub's id if GitHub has answered.
   * From here on the deployment is the one that reports to GitHub.
   */
  async handOver(request: WaitingRequest): Promise<Pick<DeploymentInput, 'waited' | 'gitHubDeploymentId'>> {
    const gitHub = this.#waiting.get(request.deploymentId);
    await gitHub?.settle(TIMEOUTS.settle.betweenDeploymentsMs);
    const id = gitHub?.id;
    const waited = gitHub !== undefined || request.announced === true;
    return { waited, ...(id !== undefined && { gitHubDeploymentId: id }) };
  }

  /** Forgets a deployment that has run: it has reported its end itself. */
  forget({ deploymentId }: WaitingRequest): void {
    this.#waiting.delete(deploymentId);
  }

  /**
   * Tells of one that ended and could not say so itself.
   *
   * @returns a promise only where the run ends: then GitHub has to know first, or a `report`
   */
  end({ request, ending: { deploymentId, outcome, failure }, known }: Ending): Promise<void> | undefined {
    const at = Date.now();
    this.#store.say(
      { kind: 'recordDeployment', record: { request: shorten(request), at } },
      { kind: 'recordDeploymentState', record: { deploymentId, state: outcome, at, ...(failure && { failure }) } },
    );
    const told = this.#known(request, known);
    if (told) {
      told.show(outcome, describeOutcome(outcome, request.commit, failure?.message), { failure });
      return this.#leave(deploymentId, told);
    }
    // GitHub needs no deployment for it; but a branch rule may wait for the commit's check.
    const check = new EnvironmentCheck(request, false);
    check.end(outcome, { failure });
    return this.#leave(deploymentId, {
      settle: async (limitMs) => ({ deployment: undefined, shown: await check.settle(limitMs) }),
    });
  }

  #known(request: WaitingRequest, known: Ending['known']): GitHubDeployment | undefined {
    const announced = request.announced ? 'maybe' : undefined;
    if (known === 'not-at-all') return new GitHubDeployment(request, announced);
    const waited = this.#waiting.get(request.deploymentId);
    this.#waiting.delete(request.deploymentId);
    if (known === 'as-begun') return new GitHubDeployment(request, 'maybe');
    return waited ?? (announced && new GitHubDeployment(request, announced));
  }

  /**
   * Tells of one that bears the number of another deployment. What the store has under that number is the other one's,
   * so it hears of this one only from its release, and GitHub by its commit.
   */
  refuse(request: WaitingRequest, { outcome, failure }: DeploymentResult): Promise<void> | undefined {
    const gitHub = new GitHubDeployment(request, request.announced ? 'maybe' : undefined);
    gitHub.show(outcome, describeOutcome(outcome, request.commit, failure?.message), { failure });
    return this.#leave(`${request.deploymentId}.${shortCommit(request.commit)}`, gitHub);
  }

  #leave(id: string, gitHub: Pick<GitHubDeployment, 'settle'>): Promise<void> | undefined {
    if (this.#isEnding) return leave(id, gitHub, TIMEOUTS.settle.betweenDeploymentsMs);
    this.#leaving.set(id, gitHub);
    return undefined;
  }

  /** Ends the run: waits, bounded, until GitHub knows of all of them; leaves the rest to a `report`. */
  async settle(limitMs: number, waiting: readonly WaitingRequest[]): Promise<void> {
    this.#isEnding = true;
    const ended = [...this.#leaving].map(([id, gitHub]) => leave(id, gitHub, limitMs));
    const stay = waiting.map(async ({ deploymentId }) => {
      const unsaid = await this.#waiting.get(deploymentId)?.settle(limitMs);
      if (unsaid?.deployment) this.#unshown.add(deploymentId);
    });
    await Promise.all([...ended, ...stay]);
  }
}

async function leave(id: string, gitHub: Pick<GitHubDeployment, 'settle'>, limitMs: number): Promise<void> {
  await deferReport(id, { tellings: [], ...(await gitHub.settle(limitMs)) });
}
