import { shortCommit } from '../../contracts/core/names.ts';
import type {
  DeploymentInput,
  WaitingRequest,
  DeploymentResult,
  EnvironmentState,
} from '../../contracts/deployment/deployment.ts';
import { sizeOf } from '../lib/bounded.ts';
import { EnvironmentCheck } from '../reporting/environment-check.ts';
import { GitHubDeployment } from '../reporting/github-deployment.ts';
import { leaveToReport } from '../reporting/defer-report.ts';
import { Line } from './queue.ts';
import type { Blocks as AnyBlocks } from './queue.ts';
import type { Teller } from '../reporting/store-recorder.ts';
import { carried, isWhole, shorten } from './short-request.ts';
import { describeOutcome } from '../lib/status-text.ts';

export interface Entry {
  readonly request: WaitingRequest;
  /** Only of what really has to wait: otherwise the deployment opens it itself. */
  readonly gitHub: GitHubDeployment | undefined;
}

type Blocks = AnyBlocks<WaitingRequest>;

/** More wait for something that somebody has to look at. */
const MAX_WAITING = 200;
/** Of what is kept of each in any case. */
const MAX_WAITING_BYTES = 300_000;
/** How long a deployment that is next waits for GitHub's answer to its own `queued`. */
const SETTLE_MS = 5_000;

/** The {@link Line} in front of an environment, visible as such in the store and on GitHub. */
export class Waiting {
  readonly #store: Teller;
  readonly line: Line<WaitingRequest, Entry>;
  /** Ended ones, of which GitHub may not know yet. */
  readonly #leaving = new Map<string, Pick<GitHubDeployment, 'settle'>>();

  constructor(requests: readonly WaitingRequest[], store: Teller) {
    this.#store = store;
    this.line = new Line(requests.map((request) => ({ request, gitHub: new GitHubDeployment(request, 'maybe') })));
  }

  get requests(): readonly WaitingRequest[] {
    return this.line.entries.map(({ request }) => request);
  }

  /** What the next run is given of them. */
  get carried(): readonly WaitingRequest[] {
    return carried(this.requests);
  }

  /** Whether one more would be more than an environment can carry. */
  isFullFor(request: WaitingRequest): boolean {
    if (this.line.entries.length >= MAX_WAITING) return true;
    return sizeOf([...this.requests, request].map(shorten)) > MAX_WAITING_BYTES;
  }

  /** Keeps the whole of a request that was kept short. @returns whether it was */
  complete(request: WaitingRequest): boolean {
    const entry = this.line.entries.find((one) => one.request.deploymentId === request.deploymentId);
    if (!entry || isWhole(entry.request) || !isWhole(request)) return false;
    this.line.replace({ ...entry, request });
    return true;
  }

  positions(
    running: { readonly deploymentId: string; readonly halted: string | null } | null,
    blocks: Blocks,
  ): EnvironmentState['waiting'] {
    const first = running?.halted
      ? `${running.deploymentId}, which is halted: ${running.halted}`
      : running?.deploymentId;
    return this.line.entries.map(({ request }, index) => {
      const ahead = index === 0 ? first : this.line.entries[index - 1]?.request.deploymentId;
      return {
        deploymentId: request.deploymentId,
        position: index + 1,
        why: blocks(request)?.why ?? (ahead ? `behind ${ahead}` : 'about to start'),
      };
    });
  }

  /** Asking twice is asking once. @param why - what it has to wait for; `undefined`: nothing but those before it */
  add(request: WaitingRequest, why: string | undefined): void {
    if (this.line.has(request.deploymentId)) return;
    const waits = why !== undefined || this.line.entries.length > 0;
    const gitHub = waits ? new GitHubDeployment(request, request.announced ? 'maybe' : undefined) : undefined;
    this.line.push({ request, gitHub });
    if (!waits) return;
    const at = Date.now();
    const { deploymentId } = request;
    this.#store.say(
      { kind: 'recordDeployment', record: { request: shorten(request), at } },
      ...(request.announced
        ? [{ kind: 'recordDeploymentState', record: { deploymentId, state: 'queued', at } } as const]
        : []),
    );
    gitHub?.show('queued', `${shortCommit(request.commit)} waits: ${why ?? 'for the deployments before it'}`);
  }

  /**
   * What a deployment must know of its waiting: whether it did, and GitHub's id if GitHub has answered. From here on
   * the deployment is the one that tells GitHub.
   */
  async handOver({ request, gitHub }: Entry): Promise<Pick<DeploymentInput, 'waited' | 'gitHubDeploymentId'>> {
    await gitHub?.settle(SETTLE_MS);
    const id = gitHub?.id;
    const waited = gitHub !== undefined || request.announced === true;
    return { waited, ...(id !== undefined && { gitHubDeploymentId: id }) };
  }

  /** Tells of one that ended and could not say so itself. */
  conclude({ request, gitHub }: Entry, { deploymentId, outcome, failure }: DeploymentResult): void {
    const at = Date.now();
    this.#store.say(
      { kind: 'recordDeployment', record: { request: shorten(request), at } },
      { kind: 'recordDeploymentState', record: { deploymentId, state: outcome, at, ...(failure && { failure }) } },
    );
    const told = gitHub ?? (request.announced ? new GitHubDeployment(request, 'maybe') : undefined);
    if (told) {
      told.show(outcome, describeOutcome(outcome, request.commit, failure?.message), { failure });
      this.#leaving.set(deploymentId, told);
      return;
    }
    // Nobody has to see a deployment that never was one; but a branch rule may wait for the commit's check.
    const check = new EnvironmentCheck(request, false);
    check.end(outcome, { failure });
    this.#leaving.set(deploymentId, {
      settle: async (limitMs) => ({ deployment: undefined, shown: await check.settle(limitMs) }),
    });
  }

  /**
   * Tells of one that bears the number of another deployment. What the store has under that number is the other one's,
   * so it hears of this one only from its release, and GitHub by its commit.
   */
  refuse(request: WaitingRequest, { outcome, failure }: DeploymentResult): void {
    const gitHub = new GitHubDeployment(request, request.announced ? 'maybe' : undefined);
    gitHub.show(outcome, describeOutcome(outcome, request.commit, failure?.message), { failure });
    this.#leaving.set(`${request.deploymentId}.${shortCommit(request.commit)}`, gitHub);
  }

  /** Waits, bounded, until GitHub knows of all of them; leaves the rest to a `report`. */
  async settle(limitMs: number): Promise<void> {
    const leave = async ([id, gitHub]: readonly [string, Pick<GitHubDeployment, 'settle'>]) =>
      leaveToReport(id, { tellings: [], ...(await gitHub.settle(limitMs)) });
    const stay = this.line.entries.map(({ gitHub }) => gitHub?.settle(limitMs));
    await Promise.all([...[...this.#leaving].map(leave), ...stay]);
  }
}
