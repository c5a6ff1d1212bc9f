import { z } from 'zod';
import type { GitHubDeploymentState } from '../../contracts/states.ts';
import type { GitHubClient } from './client.ts';
import type { GitHubOrigin, OpenDeployment, ReportDeployment } from './github.port.ts';
import { retryMissing } from './retry-missing.ts';
import { mayReport } from './status-order.ts';
import { cut } from './text.ts';

/** GitHub refuses a longer description (docs, "Create a deployment status"). */
const MAX_DESCRIPTION = 140;
const PERMISSIONS = { deployments: 'write' } as const;
/** So many deployments this process remembers the newest status of. */
const REMEMBERED = 1_000;

const Created = z.object({ id: z.int().positive() });
const Listed = z.array(z.object({ id: z.int().positive(), payload: z.unknown() }));
const Statuses = z.array(z.object({ state: z.string() }));

interface Tries {
  /** Whether an earlier attempt may have done it already. */
  readonly mayBeDone: boolean;
  readonly signal: AbortSignal;
}

export interface Deployments {
  /** @returns GitHub's id of the one deployment that is ours */
  open(request: OpenDeployment, tries: Tries): Promise<number>;
  report(request: ReportDeployment, tries: Tries): Promise<void>;
}

/** @param publicUrl - where people reach Landfall; links to logs begin with it. Without a slash at its end. */
export function createDeployments(client: GitHubClient, publicUrl: string): Deployments {
  /** What GitHub shows, as far as this process knows: saves a look before most reports. */
  const newest = new Map<number, GitHubDeploymentState | 'none'>();
  function remember(id: number, state: GitHubDeploymentState | 'none'): void {
    newest.delete(id);
    newest.set(id, state);
    const oldest = newest.keys().next();
    if (newest.size > REMEMBERED && !oldest.done) newest.delete(oldest.value);
  }

  async function find({ origin, deploymentId, commit, environment }: OpenDeployment, signal: AbortSignal) {
    const call = { origin, permissions: PERMISSIONS, what: 'Looking for the deployment', answer: Listed, signal };
    // Newest first, and ours is at most minutes old: the first page is enough.
    const query = { sha: commit, environment, per_page: 100 };
    const listed = await client.call(call, (github, repository) =>
      github.rest.repos.listDeployments({ ...repository, ...query }),
    );
    // The oldest, so that two who look at the same time agree.
    return listed.filter(({ payload }) => isOurs(payload, deploymentId)).at(-1)?.id;
  }

  async function create(request: OpenDeployment, signal: AbortSignal): Promise<number> {
    const { origin, deploymentId, commit, environment, production, transient, description } = request;
    const call = { origin, permissions: PERMISSIONS, what: 'Creating the deployment', answer: Created, signal };
    const { id } = await client.call(call, (github, repository) =>
      github.rest.repos.createDeployment({
        ...repository,
        ref: commit,
        environment,
        description: cut(description, MAX_DESCRIPTION),
        // Otherwise GitHub merges the default branch into what is deployed, and creates no deployment at all.
        auto_merge: false,
        // Otherwise our own check, still pending, would block it.
        required_contexts: [],
        transient_environment: transient,
        production_environment: production,
        payload: { landfall: deploymentId },
      }),
    );
    return id;
  }

  async function newestState(origin: GitHubOrigin, id: number, signal: AbortSignal): Promise<string | undefined> {
    const call = { origin, permissions: PERMISSIONS, what: 'Reading the newest status', answer: Statuses, signal };
    const [status] = await client.call(call, (github, repository) =>
      github.rest.repos.listDeploymentStatuses({ ...repository, deployment_id: id, per_page: 1 }),
    );
    return status?.state;
  }

  async function post(request: ReportDeployment, signal: AbortSignal): Promise<void> {
    const { origin, gitHubDeploymentId, state, description, logPath, environmentUrl } = request;
    const call = { origin, permissions: PERMISSIONS, what: `Reporting "${state}"`, answer: Created, signal };
    await client.call(call, (github, repository) =>
      github.rest.repos.createDeploymentStatus({
        ...repository,
        deployment_id: gitHubDeploymentId,
        state,
        description: cut(description, MAX_DESCRIPTION),
        log_url: `${publicUrl}${logPath}`,
        ...(environmentUrl !== undefined && { environment_url: environmentUrl }),
      }),
    );
    remember(gitHubDeploymentId, state);
  }

  return {
    async open(request, { mayBeDone, signal }) {
      const found = mayBeDone ? await find(request, signal) : undefined;
      if (found !== undefined) return found;
      const id = await create(request, signal);
      remember(id, 'none');
      return id;
    },

    async report(request, { mayBeDone, signal }) {
      const { origin, gitHubDeploymentId: id, state } = request;
      const known = mayBeDone ? undefined : newest.get(id);
      const current = known ?? (await retryMissing(signal, () => newestState(origin, id, signal)));
      if (mayReport(current, state)) await retryMissing(signal, () => post(request, signal));
    },
  };
}

function isOurs(payload: unknown, deploymentId: string): boolean {
  return typeof payload === 'object' && payload !== null && 'landfall' in payload && payload.landfall === deploymentId;
}
