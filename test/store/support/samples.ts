/** Releases, deployments and their origins, as small as they can be. */
import { podmanTarget } from '../../support/targets/podman.ts';
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import type { ReleaseDraft } from '../../../contracts/admission/admission.ts';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import { deploymentId, releaseId } from '../../../contracts/core/ids.ts';
import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import type { EnvironmentSettings, ServiceSettings, SourceOrigin } from '../../../contracts/config/service.ts';

export const COMMIT = 'c0ffee00'.repeat(5);
export const DIGEST = `sha256:${'ab'.repeat(32)}`;

export const SETTINGS: ServiceSettings = {
  build: {
    root: '.',
    builder: 'auto',
    dockerfile: 'Dockerfile',
    args: { B: '2', A: '1' },
    timeoutMs: 900_000,
    contextLimitBytes: 1_000_000,
  },
  run: { port: 8080, env: {}, stopTimeoutMs: 10_000 },
  health: {
    kind: 'http',
    path: '/',
    status: 200,
    timeoutMs: 5_000,
    attempts: 15,
    firstWaitMs: 1_000,
    maxWaitMs: 60_000,
  },
};

export const environment = (name: string): EnvironmentSettings => ({
  name,
  production: name === 'production',
  target: podmanTarget(['one']),
});

export const gitHub = (repositoryId: GitHubId, repository = `acme/repository-${repositoryId}`) =>
  ({
    kind: 'github',
    repositoryId,
    repository,
    installationId: '7',
    cloneUrl: `https://git.example/${repository}.git`,
  }) as const satisfies SourceOrigin;

export function draft(project: string, service: string, more: Partial<ReleaseDraft> = {}): ReleaseDraft {
  return {
    key: { project, service },
    origin: gitHub('1'),
    ref: 'main',
    commit: COMMIT,
    subject: 'Begin',
    actor: { kind: 'github', name: 'octocat' },
    byName: false,
    settings: SETTINGS,
    environments: [environment('production')],
    extraTags: ['latest'],
    ...more,
  };
}

export function release(project: string, sequence: number): ReleaseInput {
  const one = draft(project, 'web');
  return { ...one, releaseId: releaseId(one.key, sequence), sequence };
}

export function deploymentRequest({ key, ...input }: ReleaseInput): DeploymentRequest {
  const environmentKey = { ...key, environment: 'production' };
  const { releaseId: id, sequence, byName, origin, ref, commit, subject, actor } = input;
  return {
    deploymentId: deploymentId(environmentKey, sequence),
    releaseId: id,
    key: environmentKey,
    sequence,
    byName,
    origin,
    ref,
    commit,
    subject,
    actor,
    image: `registry.example/${key.project}/web@${DIGEST}`,
    digest: DIGEST,
    settings: SETTINGS,
    environment: environment('production'),
    requester: `release/${id}`,
  };
}
