import type { GitHubId } from '../../contracts/core/github-id.ts';
import { proxyActivities } from '@temporalio/workflow';
import type {
  GitHubActivities,
  OpenDeployment,
  ReportDeployment,
  ShowCheck,
} from '../../activities/github/github.port.ts';
import type { WaitingRequest, SupersededDeployment } from '../../contracts/deployment/deployment.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import { GITHUB_STATE, isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import type { DeploymentState, GitHubDeploymentState } from '../../contracts/deployment/states.ts';
import { telling } from '../lib/activity-options.ts';
import { EnvironmentCheck } from './environment-check.ts';
import { LatestWins } from './latest-wins.ts';

const { openDeployment, reportDeployment } = proxyActivities<GitHubActivities>({ ...telling, summary: 'tell GitHub' });

type Wanted = Pick<ReportDeployment, 'state' | 'description' | 'environmentUrl' | 'supersedes'>;

interface ShowOptions {
  readonly environmentUrl?: string | undefined;
  readonly supersedes?: SupersededDeployment | undefined;
  /** The reason for its end. */
  readonly failure?: FailureRecord | undefined;
}

/**
 * The report that GitHub did not take in time: how to open the deployment, where it is not yet, and its last status.
 */
export interface UnsaidDeployment {
  readonly open: OpenDeployment;
  readonly gitHubDeploymentId?: GitHubId;
  readonly status: Omit<ReportDeployment, 'gitHubDeploymentId'>;
}

/** The part of it that has to be left to a `report`. */
interface Unsaid {
  readonly deployment: UnsaidDeployment | undefined;
  readonly shown: ShowCheck | undefined;
}

/**
 * One deployment as GitHub shows it: opened once, then one status at a time, in order, by this one writer. A status
 * that is overtaken before it was posted is left out (GitHub limits what an App may create). A deployment of a plain
 * Git URL has nothing to tell.
 */
export class GitHubDeployment {
  /** The same on the commit. */
  readonly check: EnvironmentCheck;
  readonly #request: WaitingRequest;
  readonly #mayExist: boolean;
  readonly #gitHub: LatestWins<Wanted>;
  #id: GitHubId | undefined;

  /**
   * @param known - GitHub's id; 'maybe' when another workflow may have opened it already, and then shown it as queued;
   *   'maybe-pending' when that one may have come no further than opening it
   * @param onOpened - called with GitHub's id, once.
   */
  constructor(
    request: WaitingRequest,
    known: GitHubId | undefined,
    onOpened: (gitHubDeploymentId: GitHubId) => void = () => undefined,
  ) {
    this.#request = request;
    const isGuess = known === 'maybe' || known === 'maybe-pending';
    this.#id = isGuess ? undefined : known;
    this.#mayExist = known !== undefined;
    this.check = new EnvironmentCheck(request, isGuess);
    // A deployment that GitHub has just been given is pending; one that waited was shown as queued.
    const state: GitHubDeploymentState = known === undefined || known === 'maybe-pending' ? 'pending' : 'queued';
    this.#gitHub = new LatestWins<Wanted>({
      failed: `GitHub did not take the status of ${request.deploymentId}`,
      isSame: (one, other) => one.state === other.state,
      ...(this.#id !== undefined && { shown: { state, description: '' } }),
      send: async (wanted) => {
        const open = this.#open(wanted);
        if (!open) return wanted;
        if (this.#id === undefined) {
          this.#id = await openDeployment(open);
          onOpened(this.#id);
          return { ...wanted, state };
        }
        const about = { origin: open.origin, gitHubDeploymentId: this.#id, logPath: this.#logPath };
        await reportDeployment({ ...about, ...wanted });
        return wanted;
      },
    });
  }

  /** GitHub's id, once it is known. */
  get id(): GitHubId | undefined {
    return this.#id;
  }

  /** Returns at once. */
  show(state: DeploymentState, description: string, { environmentUrl, supersedes, failure }: ShowOptions = {}): void {
    const environment = this.#request.environment.name;
    this.#gitHub.say({
      ...{ state: GITHUB_STATE[state], description },
      ...(environmentUrl && { environmentUrl }),
      ...(supersedes && { supersedes: { ...supersedes, environment } }),
    });
    if (isDeploymentOutcome(state)) this.check.end(state, { failure, environmentUrl });
  }

  /** Waits until GitHub knows, at most `limitMs`, then gives up. @returns the reports that are not through */
  async settle(limitMs: number): Promise<Unsaid> {
    const [deployment, shown] = await Promise.all([this.#settleStatus(limitMs), this.check.settle(limitMs)]);
    return { deployment, shown };
  }

  async #settleStatus(limitMs: number): Promise<UnsaidDeployment | undefined> {
    const unsaid = await this.#gitHub.settle(limitMs);
    const open = unsaid && this.#open(unsaid);
    if (!open) return undefined;
    return {
      open: { ...open, mayExist: true },
      ...(this.#id !== undefined && { gitHubDeploymentId: this.#id }),
      status: { origin: open.origin, logPath: this.#logPath, ...unsaid },
    };
  }

  get #logPath(): string {
    return `/deployments/${this.#request.deploymentId}`;
  }

  #open({ description }: Wanted): OpenDeployment | undefined {
    const { origin, commit, deploymentId, environment } = this.#request;
    if (origin.kind !== 'github') return undefined;
    return {
      origin,
      deploymentId,
      commit,
      environment: environment.name,
      production: environment.production,
      transient: environment.preview !== undefined,
      description,
      mayExist: this.#mayExist,
    };
  }
}
