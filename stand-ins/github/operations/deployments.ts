import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { wire } from '../wire.ts';
import type { Needs } from '../auth.ts';
import { GitHubError } from '../errors.ts';
import { isAncestor, resolveCommit } from '../git.ts';
import { app, repositoryUrl, user } from '../payloads.ts';
import {
  type Deployment,
  type DeploymentStatus,
  type Repository,
  type State,
  nextId,
  now,
  timestamp,
} from '../state.ts';
import type { Models } from './operation.ts';
import { page } from './page.ts';

const READ: Needs = ['deployments', 'read'];
const WRITE: Needs = ['deployments', 'write'];
/** Not in GitHub's description, but enforced by it. */
const MAX_DESCRIPTION = 140;

export const deployments: Models = {
  'repos/create-deployment': {
    needs: WRITE,
    answer: async ({ state, repository, body }) => {
      const sha = await resolveCommit(repository.path, body.ref);
      if (sha === undefined) throw new GitHubError(422, `No ref found for: ${body.ref}`);
      if (body.auto_merge !== false && (await isBehind(repository, sha))) {
        return { status: 202, body: { message: `Auto-merged main into ${body.ref} on deployment.` } };
      }
      refuseUnchecked(state, sha, body.ref, body.required_contexts);
      const environment = body.environment ?? 'production';
      const deployment: Deployment = {
        id: nextId(state),
        repositoryId: repository.id,
        sha,
        ref: body.ref,
        task: body.task ?? 'deploy',
        environment,
        description: body.description ?? null,
        payload: body.payload ?? {},
        transient: body.transient_environment ?? false,
        production: body.production_environment ?? environment === 'production',
        createdAt: now(state),
        statuses: [],
      };
      state.deployments.push(deployment);
      const environments = state.environments.get(repository.id) ?? new Map<string, number>();
      if (!environments.has(environment)) environments.set(environment, deployment.createdAt);
      state.environments.set(repository.id, environments);
      return { status: 201, body: deploymentPayload(state, repository, deployment) };
    },
  },

  'repos/list-deployments': {
    needs: READ,
    answer: ({ state, repository, query }) => {
      const matches = (asked: string | null | undefined, value: string) =>
        asked === undefined || asked === 'none' || asked === value;
      const found = state.deployments
        .filter(
          (each) => each.repositoryId === repository.id && matches(query.sha, each.sha) && matches(query.ref, each.ref),
        )
        .filter((each) => matches(query.task, each.task) && matches(query.environment, each.environment))
        .reverse();
      const url = `${repositoryUrl(state, repository)}/deployments`;
      const { items, headers } = page(found, query, url);
      return { status: 200, headers, body: items.map((each) => deploymentPayload(state, repository, each)) };
    },
  },

  'repos/get-deployment': {
    needs: READ,
    answer: ({ state, repository, params }) => ({
      status: 200,
      body: deploymentPayload(state, repository, deploymentById(state, repository, params.deployment_id)),
    }),
  },

  'repos/delete-deployment': {
    needs: WRITE,
    answer: ({ state, repository, params }) => {
      const deployment = deploymentById(state, repository, params.deployment_id);
      const isOnly = state.deployments.every((each) => each === deployment || each.repositoryId !== repository.id);
      if (!isOnly && deployment.statuses.at(-1)?.state === 'success') {
        throw new GitHubError(
          422,
          'We cannot delete an active deployment unless it is the only deployment in a given environment.',
        );
      }
      state.deployments.splice(state.deployments.indexOf(deployment), 1);
      return { status: 204, body: undefined };
    },
  },

  'repos/create-deployment-status': {
    needs: WRITE,
    answer: ({ state, repository, params, body }) => {
      const deployment = deploymentById(state, repository, params.deployment_id);
      const { description = '', state: reported, auto_inactive: autoInactive = true } = body;
      if (description.length > MAX_DESCRIPTION) {
        const message = `description is too long (maximum is ${MAX_DESCRIPTION} characters)`;
        throw new GitHubError(422, 'Validation Failed', {
          errors: [{ resource: 'DeploymentStatus', code: 'custom', field: 'description', message }],
        });
      }
      const logUrl = body.log_url ?? body.target_url ?? '';
      const status = addStatus(state, deployment, {
        state: reported,
        description,
        logUrl,
        environmentUrl: body.environment_url ?? '',
      });
      if (reported === 'success' && autoInactive) retireOthers(state, deployment);
      return { status: 201, body: statusPayload(state, repository, deployment, status) };
    },
  },

  'repos/list-deployment-statuses': {
    needs: READ,
    answer: ({ state, repository, params, query }) => {
      const deployment = deploymentById(state, repository, params.deployment_id);
      const url = `${repositoryUrl(state, repository)}/deployments/${deployment.id}/statuses`;
      const { items, headers } = page([...deployment.statuses].reverse(), query, url);
      return { status: 200, headers, body: items.map((each) => statusPayload(state, repository, deployment, each)) };
    },
  },
};

async function isBehind({ path }: Repository, sha: string): Promise<boolean> {
  const main = await resolveCommit(path, 'heads/main');
  return main !== undefined && !(await isAncestor(path, main, sha));
}

/** Without `required_contexts: []` every check on the commit has to have passed: our own pending one blocks us. */
function refuseUnchecked(state: State, sha: string, ref: string, required: readonly string[] | undefined): void {
  const asked = state.checkRuns.filter(({ headSha, name }) => headSha === sha && (required?.includes(name) ?? true));
  const open = asked.filter(({ conclusion }) => conclusion !== 'success');
  if (open.length === 0) return;
  throw new GitHubError(409, `Conflict: Commit status checks failed for ${ref}.`, {
    errors: [
      {
        contexts: open.map(({ name, conclusion }) => ({ context: name, state: conclusion ?? 'pending' })),
        resource: 'Deployment',
        field: 'required_contexts',
        code: 'invalid',
      },
    ],
  });
}

function addStatus(
  state: State,
  deployment: Deployment,
  status: Omit<DeploymentStatus, 'id' | 'createdAt'>,
): DeploymentStatus {
  const added = { ...status, id: nextId(state), createdAt: now(state) };
  deployment.statuses.push(added);
  return added;
}

/** `auto_inactive`: earlier successes of the environment, except transient and production ones. */
function retireOthers(state: State, deployment: Deployment): void {
  for (const other of state.deployments) {
    const retired =
      other !== deployment &&
      other.repositoryId === deployment.repositoryId &&
      other.environment === deployment.environment &&
      !other.transient &&
      !other.production &&
      other.statuses.at(-1)?.state === 'success';
    if (retired) addStatus(state, other, { state: 'inactive', description: '', logUrl: '', environmentUrl: '' });
  }
}

function deploymentById(state: State, repository: Repository, id: GitHubId): Deployment {
  const found = state.deployments.find((each) => each.id === id && each.repositoryId === repository.id);
  if (!found) throw new GitHubError(404, 'Not Found');
  return found;
}

function deploymentPayload(state: State, repository: Repository, deployment: Deployment) {
  const url = `${repositoryUrl(state, repository)}/deployments/${deployment.id}`;
  return {
    url,
    id: wire(deployment.id),
    node_id: `DE_${deployment.id}`,
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: user(state, `${state.appSlug}[bot]`),
    created_at: timestamp(deployment.createdAt),
    updated_at: timestamp(deployment.statuses.at(-1)?.createdAt ?? deployment.createdAt),
    statuses_url: `${url}/statuses`,
    repository_url: repositoryUrl(state, repository),
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: app(state),
  };
}

function statusPayload(state: State, repository: Repository, deployment: Deployment, status: DeploymentStatus) {
  const url = `${repositoryUrl(state, repository)}/deployments/${deployment.id}`;
  return {
    url: `${url}/statuses/${status.id}`,
    id: wire(status.id),
    node_id: `DES_${status.id}`,
    state: status.state,
    creator: user(state, `${state.appSlug}[bot]`),
    description: status.description,
    environment: deployment.environment,
    target_url: status.logUrl,
    log_url: status.logUrl,
    environment_url: status.environmentUrl,
    created_at: timestamp(status.createdAt),
    updated_at: timestamp(status.createdAt),
    deployment_url: url,
    repository_url: repositoryUrl(state, repository),
    performed_via_github_app: app(state),
  };
}
