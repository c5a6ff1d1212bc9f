import type {
  DeploymentInput,
  DeploymentRequest,
  DeploymentResult,
  EnvironmentState,
} from '../../contracts/deployment.ts';
import { EnvironmentCheck } from './environment-check.ts';
import type { Block } from './gates.ts';
import { GitHubDeployment } from './github-deployment.ts';
import { leaveToReport } from './last-words.ts';
import type { Teller } from './teller.ts';
import { describeOutcome, short } from './words.ts';

export interface Entry {
  readonly request: DeploymentRequest;
  /** Only of what really has to wait: otherwise the deployment opens it itself. */
  readonly gitHub: GitHubDeployment | undefined;
}

/** What keeps a request from running now. */
type Blocks = (request: DeploymentRequest) => Block | null;

/** How long a deployment that is next waits for GitHub's answer to its own `queued`. */
const SETTLE_MS = 5_000;

/** The line in front of an environment: first come, first served among those that may run, and visible as such. */
export class Waiting {
  readonly #store: Teller;
  readonly #entries: Entry[];
  /** Ended ones, of which GitHub may not know yet. */
  readonly #leaving = new Map<string, Pick<GitHubDeployment, 'settle'>>();

  constructor(requests: readonly DeploymentRequest[], store: Teller) {
    this.#store = store;
    this.#entries = requests.map((request) => ({ request, gitHub: new GitHubDeployment(request, 'maybe') }));
  }

  get length(): number {
    return this.#entries.length;
  }

  get requests(): readonly DeploymentRequest[] {
    return this.#entries.map(({ request }) => request);
  }

  positions(
    running: { readonly deploymentId: string; readonly halted: string | null } | null,
    blocks: Blocks,
  ): EnvironmentState['waiting'] {
    const first = running?.halted
      ? `${running.deploymentId}, which is halted: ${running.halted}`
      : running?.deploymentId;
    return this.#entries.map(({ request }, index) => {
      const ahead = index === 0 ? first : this.#entries[index - 1]?.request.deploymentId;
      return {
        deploymentId: request.deploymentId,
        position: index + 1,
        why: blocks(request)?.why ?? (ahead ? `behind ${ahead}` : 'about to start'),
      };
    });
  }

  has(deploymentId: string): boolean {
    return this.#entries.some(({ request }) => request.deploymentId === deploymentId);
  }

  /** Asking twice is asking once. @param why - what it has to wait for; `undefined`: nothing but those before it */
  add(request: DeploymentRequest, why: string | undefined): void {
    if (this.has(request.deploymentId)) return;
    const waits = why !== undefined || this.#entries.length > 0;
    const gitHub = waits ? new GitHubDeployment(request, request.announced ? 'maybe' : undefined) : undefined;
    this.#entries.push({ request, gitHub });
    if (!waits) return;
    const at = Date.now();
    const { deploymentId } = request;
    this.#store.say(
      { kind: 'recordDeployment', record: { request, at } },
      ...(request.announced
        ? [{ kind: 'recordDeploymentState', record: { deploymentId, state: 'queued', at } } as const]
        : []),
    );
    gitHub?.show('queued', `${short(request.commit)} waits: ${why ?? 'for the deployments before it'}`);
  }

  remove(deploymentId: string): Entry | undefined {
    const index = this.#entries.findIndex((entry) => entry.request.deploymentId === deploymentId);
    return index < 0 ? undefined : this.#entries.splice(index, 1)[0];
  }

  /** Takes those that a newer request makes pointless: older, and asked for by nobody by name. */
  takeOlderThan({ sequence }: DeploymentRequest): readonly Entry[] {
    const older = this.#entries.filter(({ request }) => !request.byName && request.sequence < sequence);
    for (const { request } of older) this.remove(request.deploymentId);
    return older;
  }

  /** Whether any of them may run: one that may not never keeps the ones behind it waiting. */
  mayRun(blocks: Blocks): boolean {
    return this.#entries.some(({ request }) => blocks(request) === null);
  }

  /** Takes the first one that may run. */
  shift(blocks: Blocks): Entry | undefined {
    const next = this.#entries.find(({ request }) => blocks(request) === null);
    return next && this.remove(next.request.deploymentId);
  }

  /** When time alone will change what may run; `null`: never. */
  changesAt(blocks: Blocks): number | null {
    const times = this.#entries.map(({ request }) => blocks(request)?.until ?? null).filter((until) => until !== null);
    return times.length === 0 ? null : Math.min(...times);
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
      { kind: 'recordDeployment', record: { request, at } },
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

  /** Waits, bounded, until GitHub knows of all of them; leaves the rest to a `report`. */
  async settle(limitMs: number): Promise<void> {
    const leave = async ([id, gitHub]: readonly [string, Pick<GitHubDeployment, 'settle'>]) =>
      leaveToReport(id, { tellings: [], ...(await gitHub.settle(limitMs)) });
    const stay = this.#entries.map(({ gitHub }) => gitHub?.settle(limitMs));
    await Promise.all([...[...this.#leaving].map(leave), ...stay]);
  }
}
