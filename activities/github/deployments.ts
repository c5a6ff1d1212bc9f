import type { GitHubOrigin } from '../../contracts/config/service.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { asParameter } from './octokit.ts';
import { environmentId, environmentOf } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { gitHubId } from '../../contracts/core/github-id-fields.ts';
import { log } from '@temporalio/activity';
import { z } from 'zod';
import { failureFacts, failureOf } from '../../contracts/core/failures.ts';
import type { GitHubDeploymentState } from '../../contracts/deployment/states.ts';
import type { Tries } from './tries.ts';
import type { GitHubClient } from './client.ts';
import type { OpenDeployment, ReportDeployment } from './github.port.ts';
import { retryMissing } from './retry-missing.ts';
import { mayReport } from './status-order.ts';
import { cutLine } from './text.ts';
import { webAddress } from './web-address.ts';

/** GitHub refuses a longer description (docs, "Create a deployment status"). */
const MAX_DESCRIPTION = 140;
const PERMISSIONS = { deployments: 'write' } as const;
/** Only the newest may be shown as live: GitHub or we have retired the others when a newer one landed. */
const MAX_RETIRED = 30;
/** No environment has this name. */
const NONE: EnvironmentKey = { project: '', service: '', environment: '' };
/** The number of deployments whose id and newest status this process remembers. */
const REMEMBERED = 1_000;

/** Pages of a hundred deployments each: no pull request is pushed to so often. */
const MAX_ROUNDS = 10;

const Created = z.object({ id: gitHubId });
const Listed = z.array(z.object({ id: gitHubId, payload: z.unknown() }));
const Deleted = z.object({});
const Statuses = z.array(z.object({ state: z.string() }));

type Wanted = Pick<OpenDeployment, 'origin' | 'deploymentId' | 'commit' | 'environment'>;

/** An environment of ours, and where GitHub has its own. */
interface Ended {
  readonly origin: GitHubOrigin;
  readonly key: EnvironmentKey;
}

export interface Deployments {
  /** @returns GitHub's id of the one deployment that is ours */
  open(request: OpenDeployment, tries: Tries): Promise<GitHubId>;
  report(request: ReportDeployment, tries: Tries): Promise<void>;
  /**
   * Marks those of ours that GitHub shows as live in an environment as inactive, among the newest there.
   * @returns whether there are deployments of others
   */
  retireAll(environment: Ended, signal: AbortSignal): Promise<{ readonly others: boolean }>;
  /**
   * Marks those of ours as inactive and deletes them, all of them.
   * @returns whether there are deployments of others, and of other services of ours
   */
  deleteAll(environment: Ended, signal: AbortSignal): Promise<{ readonly others: boolean; readonly siblings: boolean }>;
}

/** @param publicUrl - Landfall's address for people; links to logs begin with it. Without a slash at its end. */
export function createDeployments(client: GitHubClient, publicUrl: string): Deployments {
  /** The newest state that GitHub shows, as far as this process knows: saves a look before most reports. */
  const newest = new Map<GitHubId, GitHubDeploymentState | 'none'>();
  /** Our id → GitHub's: saves a look for what is superseded. */
  const known = new Map<string, GitHubId>();

  async function find({ origin, deploymentId, commit, environment }: Wanted, signal: AbortSignal) {
    const call = { origin, permissions: PERMISSIONS, what: 'Looking for the deployment', answer: Listed, signal };
    // Newest first, and ours is at most minutes old: the first page is enough.
    const query = { sha: commit, environment, per_page: 100 };
    const listed = await client.call(call, (github, repository) =>
      github.rest.repos.listDeployments({ ...repository, ...query }),
    );
    // The oldest, so that two who look at the same time agree.
    return listed.filter(({ payload }) => isOurs(payload, deploymentId)).at(-1)?.id;
  }

  async function create(request: OpenDeployment, signal: AbortSignal): Promise<GitHubId> {
    const { origin, deploymentId, commit, environment, production, transient, description } = request;
    const call = { origin, permissions: PERMISSIONS, what: 'Creating the deployment', answer: Created, signal };
    const { id } = await client.call(call, (github, repository) =>
      github.rest.repos.createDeployment({
        ...repository,
        ref: commit,
        environment,
        description: cutLine(description, MAX_DESCRIPTION),
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

  async function newestState(origin: GitHubOrigin, id: GitHubId, signal: AbortSignal): Promise<string | undefined> {
    const call = { origin, permissions: PERMISSIONS, what: 'Reading the newest status', answer: Statuses, signal };
    const [status] = await client.call(call, (github, repository) =>
      github.rest.repos.listDeploymentStatuses({ ...repository, deployment_id: asParameter(id), per_page: 1 }),
    );
    return status?.state;
  }

  async function post(request: ReportDeployment, signal: AbortSignal): Promise<void> {
    const { origin, gitHubDeploymentId, state, description, logPath, environmentUrl } = request;
    const call = { origin, permissions: PERMISSIONS, what: `Reporting "${state}"`, answer: Created, signal };
    const logUrl = webAddress(`${publicUrl}${logPath}`);
    const served = environmentUrl === undefined ? undefined : webAddress(environmentUrl);
    await client.call(call, (github, repository) =>
      github.rest.repos.createDeploymentStatus({
        ...repository,
        deployment_id: asParameter(gitHubDeploymentId),
        state,
        description: cutLine(description, MAX_DESCRIPTION),
        ...(logUrl && { log_url: logUrl }),
        ...(served && { environment_url: served }),
      }),
    );
    remember(newest, gitHubDeploymentId, state);
  }

  /** Success retires what was live before by itself, except in production (docs, "Inactive deployments"). */
  async function retire({ origin, gitHubDeploymentId, supersedes }: ReportDeployment, { mayBeDone, signal }: Tries) {
    if (!supersedes) return;
    const { deploymentId } = supersedes;
    const id = known.get(deploymentId) ?? (await find({ origin, ...supersedes }, signal));
    if (id === undefined || id === gitHubDeploymentId) return;
    const current = (mayBeDone ? undefined : newest.get(id)) ?? (await newestState(origin, id, signal));
    if (!mayReport(current, 'inactive')) return;
    const description = 'A newer deployment has taken its place';
    const logPath = `/deployments/${deploymentId}`;
    await post({ origin, gitHubDeploymentId: id, state: 'inactive', description, logPath }, signal);
  }

  /** The newest hundred of GitHub's environment: those of ours apart from all others. */
  async function listOf({ origin, key }: Ended, signal: AbortSignal) {
    const call = { origin, permissions: PERMISSIONS, what: 'Looking for deployments', answer: Listed, signal };
    const listed = await client.call(call, (github, repository) =>
      github.rest.repos.listDeployments({ ...repository, environment: key.environment, per_page: 100 }),
    );
    const all = listed.map(({ id, payload }) => ({ id, ours: ourId(payload) }));
    const isOfIt = ({ ours }: (typeof all)[number]) =>
      ours !== undefined && environmentId(environmentOf(ours) ?? NONE) === environmentId(key);
    return { own: all.filter(isOfIt), others: all.filter((one) => !isOfIt(one)) };
  }

  async function deactivate(origin: GitHubOrigin, id: GitHubId, ours: string, signal: AbortSignal): Promise<void> {
    if ((await newestState(origin, id, signal)) !== 'success') return;
    const about = { description: 'Its environment was destroyed', logPath: `/deployments/${ours}` };
    await post({ origin, gitHubDeploymentId: id, state: 'inactive', ...about }, signal);
  }

  async function deleteOne(origin: GitHubOrigin, id: GitHubId, signal: AbortSignal): Promise<void> {
    const call = { origin, permissions: PERMISSIONS, what: 'Deleting the deployment', answer: Deleted, signal };
    await client.call(call, async (github, repository) => {
      await github.rest.repos.deleteDeployment({ ...repository, deployment_id: asParameter(id) });
      return { data: {} };
    });
  }

  return {
    async retireAll(environment, signal) {
      const { own, others } = await listOf(environment, signal);
      for (const { id, ours = '' } of own.slice(0, MAX_RETIRED)) await deactivate(environment.origin, id, ours, signal);
      return { others: others.length > 0 };
    },

    async deleteAll(environment, signal) {
      for (let rounds = 0; ; rounds += 1) {
        const { own, others } = await listOf(environment, signal);
        if (own.length === 0 || rounds >= MAX_ROUNDS) {
          const [foreign, siblings] = [
            others.some(({ ours }) => ours === undefined),
            others.some(({ ours }) => ours !== undefined),
          ];
          return { others: foreign, siblings };
        }
        for (const { id, ours = '' } of own) {
          // Another attempt of this activity may have deleted it.
          await gone(deactivate(environment.origin, id, ours, signal));
          await gone(deleteOne(environment.origin, id, signal));
        }
      }
    },

    async open(request, { mayBeDone, signal }) {
      const found = mayBeDone ? await find(request, signal) : undefined;
      const id = found ?? (await create(request, signal));
      if (found === undefined) remember(newest, id, 'none');
      remember(known, request.deploymentId, id);
      return id;
    },

    async report(request, tries) {
      const { origin, gitHubDeploymentId: id, state } = request;
      const { mayBeDone, signal } = tries;
      const shown = mayBeDone ? undefined : newest.get(id);
      const current = shown ?? (await retryMissing(signal, () => newestState(origin, id, signal)));
      if (mayReport(current, state)) await retryMissing(signal, () => post(request, signal));
      await retire(request, tries).catch((error: unknown) => {
        const failed = failureOf(error);
        if (!failed || failureFacts(failed.type).retryable) throw error;
        // The deployment was deleted, or the service moved to another repository: there is nothing to mark.
        log.warn('a superseded deployment could not be marked inactive', { failure: failed.message });
      });
    },
  };
}

function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > REMEMBERED && !oldest.done) map.delete(oldest.value);
}

/** Takes a deployment that is not there (any more) as done. @throws all other failures */
async function gone(done: Promise<void>): Promise<void> {
  await done.catch((error: unknown) => {
    if (failureOf(error)?.type !== 'GitHubNotFound') throw error;
  });
}

const isOurs = (payload: unknown, deploymentId: string): boolean => ourId(payload) === deploymentId;

/** Our id of a deployment; `undefined` for one that another made. */
function ourId(payload: unknown): string | undefined {
  const found = typeof payload === 'object' && payload !== null && 'landfall' in payload ? payload.landfall : undefined;
  return typeof found === 'string' ? found : undefined;
}
