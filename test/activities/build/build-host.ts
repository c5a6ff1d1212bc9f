/** A real build host: Podman, the run's registry, a git server, and the activities on top of them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createBuildActivities } from '../../../activities/build/build.activities.ts';
import type { Builder } from '../../../activities/build/builders/builder.port.ts';
import { localName } from '../../../activities/build/image.ts';
import type { LogSink } from '../../../activities/logs/log-sink.port.ts';
import { createPodmanClient, type PodmanClient } from '../../../activities/podman/client.ts';
import type { RegistrySettings } from '../../../activities/registry/client.ts';
import type { BuildInput, BuildStep } from '../../../contracts/deployment/build.ts';
import type { SourceCredentials } from '../../../activities/source/credentials.port.ts';
import { failureOf } from '../../../contracts/core/failures.ts';
import { HostSettings } from '../../../contracts/config/host.ts';
import type { BuildSettings } from '../../../contracts/config/service.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { startGitServer } from '../../../stand-ins/git-server.ts';
import { testHost } from '../../support/podman.ts';
import { testRegistry } from '../../support/registry.ts';
import { tempDir } from '../../support/tmp.ts';
import { createRepository } from '../source/repository.ts';

export const SETTINGS: BuildSettings = {
  root: '.',
  builder: 'auto',
  dockerfile: 'Dockerfile',
  args: {},
  timeoutMs: 60_000,
  contextLimitBytes: 50_000_000,
};

interface Options {
  readonly registry?: RegistrySettings;
  readonly builders?: readonly Builder[];
  readonly podman?: PodmanClient;
  readonly host?: HostSettings;
}

/**
 * @param name - of the host, of its project and of its repository: unique in the run
 * @param dir - where it keeps everything, its engine too: a folder of its own
 * @param registries - that it may pull from beside the run's own
 */
export async function startBuildHost(name: string, dir?: string, registries: readonly string[] = []) {
  const engine = await testHost(name, dir, registries);
  const root = tempDir();
  const repository = createRepository(root);
  const git = await startGitServer({ root });
  onCleanup(() => git.stop());

  const host = HostSettings.parse({
    name,
    podmanSocket: engine.socket,
    workDir: dir === undefined ? tempDir() : join(dir, 'work-of-builds'),
  });
  const podman = createPodmanClient(engine.socket);
  const registry: RegistrySettings = { address: testRegistry(), insecure: true };
  const lines: string[] = [];
  const logs: LogSink = {
    append: async (_stream, added) => void lines.push(...added.map(({ text }) => text)),
  };
  const credentials: SourceCredentials = {
    tokenFor: async () => undefined,
    cloneUrlOf: async ({ cloneUrl }) => cloneUrl,
  };
  const activities = (options: Options = {}) =>
    createBuildActivities({ host, podman, registry, credentials, logs, ...options });

  return {
    engine,
    host,
    podman,
    registry,
    repository,
    activities,
    /** A worker's environment for a later attempt at an activity. */
    attempt: (attempt: number) => new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR') }),
    /** The lines logged since the last call. */
    log: () => lines.splice(0).join('\n'),
    step(buildId: string, commit: string, changes: Partial<BuildInput> & { settings?: BuildSettings } = {}): BuildStep {
      const key = { project: name, service: 'web' };
      const origin = { kind: 'git', cloneUrl: git.url + repository.path } as const;
      const build = { buildId, key, origin, commit, settings: SETTINGS, extraTags: [], ...changes };
      return { build, host: name };
    },
    /** The leftovers of a build on this host. Empty after cleaning. */
    async leftovers(buildId: string): Promise<string[]> {
      const folder = join(host.workDir, 'builds', buildId);
      const { stdout: named } = await engine.podman(['images', '--quiet', localName(buildId)]);
      const { stdout: containers } = await engine.podman(['ps', '--all', '--external', '--quiet']);
      return [
        ...(existsSync(folder) ? [folder] : []),
        ...[named, containers].flatMap((text) => text.split('\n').filter(Boolean)),
      ];
    },
  };
}

/** Failures are what half of the tests want to see; the worker's own report of each would bury the rest. */
export const quietEnvironment = () => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });

/** Runs one activity function as a worker does. */
export function perform<T>(work: () => Promise<T>, environment = quietEnvironment()): Promise<T> {
  return environment.run(work);
}

/** The failure of a piece of work: its type, or `cancelled`, or nothing that has a name of ours. */
export async function failing(work: Promise<unknown>): Promise<{ type: string | undefined; message: string }> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const type = error instanceof CancelledFailure ? 'cancelled' : failureOf(error)?.type;
  return { type, message: error instanceof Error ? error.message : String(error) };
}
