/** Inputs of workflows that are complete and small; a test overrides what it is about. */
import { podmanTarget } from '../targets/podman.ts';
import { createHash } from 'node:crypto';
import type { BuildInput } from '../../../contracts/deployment/build.ts';
import type { ReleaseDraft } from '../../../contracts/admission/admission.ts';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import { buildId, deploymentId, releaseId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey, ServiceKey } from '../../../contracts/core/keys.ts';
import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import type { EnvironmentSettings, ServiceSettings, SourceOrigin } from '../../../contracts/config/service.ts';
import type { TargetRequest } from '../../../contracts/deployment/target.ts';

/** A commit id that stands for some content. */
const commitOf = (text: string): string => createHash('sha1').update(text).digest('hex');
export const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

const gitHubOrigin: SourceOrigin = {
  kind: 'github',
  repositoryId: '7',
  repository: 'acme/shop',
  installationId: '11',
  cloneUrl: 'https://github.test/acme/shop.git',
};

export const serviceSettings: ServiceSettings = {
  build: {
    root: '.',
    builder: 'dockerfile',
    dockerfile: 'Dockerfile',
    args: {},
    timeoutMs: 600_000,
    contextLimitBytes: 100_000_000,
  },
  run: { port: 8080, env: {}, stopTimeoutMs: 10_000 },
  // The waits of requirements, E6.
  health: {
    kind: 'http',
    path: '/healthz',
    status: 200,
    timeoutMs: 5_000,
    attempts: 15,
    firstWaitMs: 1_000,
    maxWaitMs: 60_000,
  },
};

export const environmentSettings = (name: string, hosts: readonly string[]): EnvironmentSettings => ({
  name,
  production: name === 'production',
  target: podmanTarget(hosts),
});

interface DraftOptions {
  readonly key: ServiceKey;
  /** Anything: the commit follows from it. */
  readonly content: string;
  readonly environments: readonly EnvironmentSettings[];
}

/** A commit that is to be released, before it has a number. */
export function releaseDraft({ key, content, environments }: DraftOptions): ReleaseDraft {
  return {
    key,
    origin: gitHubOrigin,
    ref: 'main',
    commit: commitOf(content),
    subject: `Change ${content}`,
    actor: { kind: 'github', name: 'octocat' },
    byName: false,
    settings: serviceSettings,
    environments,
    extraTags: ['latest'],
  };
}

interface ReleaseOptions extends Omit<DraftOptions, 'content'> {
  readonly sequence: number;
}

/** The release with this number; its commit follows from the number. */
export function releaseInput({ key, sequence, environments }: ReleaseOptions): ReleaseInput {
  const draft = releaseDraft({ key, content: `${key.service} ${sequence}`, environments });
  return { ...draft, sequence, releaseId: releaseId(key, sequence) };
}

/** The build of the release with this number. */
export function buildInput(options: Omit<ReleaseOptions, 'environments'>): BuildInput {
  const release = releaseInput({ ...options, environments: [] });
  const { key, origin, commit, settings, extraTags, releaseId } = release;
  return { buildId: buildId(releaseId), key, origin, commit, settings: settings.build, extraTags };
}

interface RequestOptions {
  readonly key: EnvironmentKey;
  readonly sequence: number;
  readonly hosts: readonly string[];
  /** Workflow id; by default one that does not exist. */
  readonly requester?: string;
}

/** The deployment of the release with this number. */
export function deploymentRequest({ key, sequence, hosts, requester = 'nobody' }: RequestOptions): DeploymentRequest {
  const release = releaseInput({ key, sequence, environments: [] });
  const digest = digestOf(release.commit);
  return {
    deploymentId: deploymentId(key, sequence),
    releaseId: release.releaseId,
    key,
    sequence,
    byName: false,
    origin: release.origin,
    ref: release.ref,
    commit: release.commit,
    subject: release.subject,
    actor: release.actor,
    image: `registry.test/${key.project}/${key.service}@${digest}`,
    digest,
    settings: { run: serviceSettings.run, health: serviceSettings.health },
    environment: environmentSettings(key.environment, hosts),
    requester,
  };
}

/** A target's request, as the deployment workflow makes it. */
export function targetRequest(request: DeploymentRequest, generation: number): TargetRequest {
  const { key, deploymentId, image, commit, settings, environment } = request;
  const { kindSettings } = environment.target;
  return { key, deploymentId, generation, image, commit, ...settings, kindSettings };
}
