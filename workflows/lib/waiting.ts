import type {
  DeploymentInput,
  DeploymentRequest,
  DeploymentResult,
  EnvironmentState,
} from '../../contracts/deployment.ts';
import { GitHubDeployment } from './github-deployment.ts';
import { leaveToReport } from './last-words.ts';
import type { Teller } from './teller.ts';
import { describeOutcome, short } from './words.ts';

export interface Entry {
  readonly request: DeploymentRequest;
  /** Only of what really has to wait: otherwise the deployment opens it itself. */
  readonly gitHub: GitHubDeployment | undefined;
}

/** How long a deployment that is next waits for GitHub's answer to its own `queued`. */
const SETTLE_MS = 5_000;

/** The line in front of an environment: first come, first served, and visible as such. */
export class Waiting {
  readonly #store: Teller;
  readonly #entries: Entry[];
  /** Ended ones, of which GitHub may not know yet. */
  readonly #leaving = new Map<string, GitHubDeployment>();

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

  positions(running: string | null): EnvironmentState['waiting'] {
    return this.#entries.map(({ request }, index) => {
      const ahead = index === 0 ? running : this.#entries[index - 1]?.request.deploymentId;
      return {
        deploymentId: request.deploymentId,
        position: index + 1,
        why: ahead ? `behind ${ahead}` : 'about to start',
      };
    });
  }

  /** Asking twice is asking once. */
  add(request: DeploymentRequest, hasToWait: boolean): void {
    if (this.#entries.some((entry) => entry.request.deploymentId === request.deploymentId)) return;
    const waits = hasToWait || this.#entries.length > 0;
    const gitHub = waits ? new GitHubDeployment(request, undefined) : undefined;
    this.#entries.push({ request, gitHub });
    if (!waits) return;
    this.#store.say({ kind: 'recordDeployment', record: { request, at: Date.now() } });
    gitHub?.show('queued', `${short(request.commit)} waits for the deployment before it`);
  }

  remove(deploymentId: string): Entry | undefined {
    const index = this.#entries.findIndex((entry) => entry.request.deploymentId === deploymentId);
    return index < 0 ? undefined : this.#entries.splice(index, 1)[0];
  }

  shift(): Entry | undefined {
    return this.#entries.shift();
  }

  /**
   * What a deployment must know of its waiting: whether it did, and GitHub's id if GitHub has answered. From here on
   * the deployment is the one that tells GitHub.
   */
  async handOver({ gitHub }: Entry): Promise<Pick<DeploymentInput, 'waited' | 'gitHubDeploymentId'>> {
    await gitHub?.settle(SETTLE_MS);
    const id = gitHub?.id;
    return { waited: gitHub !== undefined, ...(id !== undefined && { gitHubDeploymentId: id }) };
  }

  /** Tells of one that ended and could not say so itself. */
  conclude({ request, gitHub }: Entry, { deploymentId, outcome, failure }: DeploymentResult): void {
    const at = Date.now();
    this.#store.say(
      { kind: 'recordDeployment', record: { request, at } },
      { kind: 'recordDeploymentState', record: { deploymentId, state: outcome, at, ...(failure && { failure }) } },
    );
    if (!gitHub) return;
    gitHub.show(outcome, describeOutcome(outcome, request.commit, failure?.message));
    this.#leaving.set(deploymentId, gitHub);
  }

  /** Waits, bounded, until GitHub knows of all of them; leaves the rest to a `report`. */
  async settle(limitMs: number): Promise<void> {
    const leave = async ([id, gitHub]: readonly [string, GitHubDeployment]) =>
      leaveToReport(id, { tellings: [], deployment: await gitHub.settle(limitMs) });
    const stay = this.#entries.map(({ gitHub }) => gitHub?.settle(limitMs));
    await Promise.all([...[...this.#leaving].map(leave), ...stay]);
  }
}
