/** Building on one host. The worker heartbeats, so a cancellation arrives as `cancellationSignal`. */
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { BuildStep } from '../../contracts/deployment/build.ts';
import { failureOf } from '../../contracts/core/failures.ts';
import type { HostSettings } from '../../contracts/config/host.ts';
import { type LogLine, logStream } from '../../contracts/deployment/logs.ts';
import type { LogSink } from '../logs/log-sink.port.ts';
import { createStepLog, type StepLog } from '../logs/step-log.ts';
import type { PodmanClient } from '../podman/client.ts';
import { createDisk } from '../podman/disk.ts';
import { createEngineInfo } from '../podman/info.ts';
import { createRegistryClient, type RegistrySettings } from '../registry/client.ts';
import { NO_LOGINS } from '../registry/logins.ts';
import type { PrivateSources } from '../source/addresses.ts';
import type { SourceCredentials } from '../source/credentials.port.ts';
import { fetchSource } from './fetch-source.ts';
import { buildImage } from './build-image.ts';
import type { BuildActivities, ClaimActivities } from './build.port.ts';
import type { Builder } from './builders/builder.port.ts';
import { dockerfile } from './builders/dockerfile.ts';
import { createNixpacks } from './builders/nixpacks.ts';
import { createRailpack } from './builders/railpack.ts';
import { takeSlot } from './claim.ts';
import { cleanBuild } from './clean-build.ts';
import { asDiskFull } from './disk-full.ts';
import { buildFolder, touch, type BuildFolder } from './folder.ts';
import { createBuildNetworks } from './isolation/build-networks.ts';
import { createIsolation } from './isolation/prove.ts';
import { pushImage } from './push-image.ts';

interface ClaimDeps {
  readonly host: HostSettings;
  readonly podman: PodmanClient;
}

export function createClaimActivities({ host, podman }: ClaimDeps): ClaimActivities {
  const disk = createDisk(podman);
  return {
    async claimBuild({ buildId }) {
      await takeSlot(host, disk, buildId, cancellationSignal());
      return { host: host.name };
    },
  };
}

interface BuildDeps extends ClaimDeps {
  readonly registry: RegistrySettings;
  readonly credentials: SourceCredentials;
  /** Private hosts that public repositories may be fetched from; this machine by default. */
  readonly privateSources?: PrivateSources;
  readonly logs: LogSink;
  /** The order in which `auto` tries them: a Dockerfile, Railpack, Nixpacks by default. */
  readonly builders?: readonly Builder[];
}

/**
 * The interval at which a step shows that its build is being worked on; far below claim.ts's limit for abandoned ones.
 */
const TOUCH_MS = 10_000;

export function createBuildActivities(deps: BuildDeps): BuildActivities {
  const { host, podman, registry, credentials, privateSources, logs } = deps;
  const { builders = [dockerfile, createRailpack(), createNixpacks()] } = deps;
  const client = createRegistryClient(registry);
  const info = createEngineInfo(podman);
  const isolation = createIsolation(host, podman, info);
  const networks = createBuildNetworks(podman, isolation);
  const engine = { podman, info, registry, workDir: host.workDir, builders, isolation, networks };
  const logins = registry.logins ?? NO_LOGINS;
  const secrets = () => Object.values(logins.all()).map(({ password }) => password);

  /** Gives a step its folder and its log, and closes the log whatever happens. */
  async function working<T>(
    { build }: BuildStep,
    source: LogLine['source'],
    work: (folder: BuildFolder, log: StepLog, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const folder = buildFolder(host.workDir, build.buildId);
    const log = createStepLog({ sink: logs, stream: logStream('build', build.buildId), source, secrets: secrets() });
    const { attempt } = activityInfo();
    if (attempt > 1) await log.say(`Trying again: attempt ${attempt}`);
    const timer = setInterval(() => void touch(folder), TOUCH_MS);
    try {
      return await work(folder, log, cancellationSignal());
    } catch (thrown) {
      const error = asDiskFull(thrown);
      const known = failureOf(error);
      if (known) await log.say(`${known.type}: ${known.message}`);
      throw error;
    } finally {
      clearInterval(timer);
      await log.close();
    }
  }

  return {
    fetchSource: (step) =>
      working(step, 'git', (folder, log, signal) => {
        networks.begin({ buildId: step.build.buildId, timeoutMs: step.build.settings.timeoutMs });
        const fetching = fetchSource(step.build, folder, { credentials, privateSources, log, signal });
        return networks.unlessFailed(step.build.buildId, fetching);
      }),
    buildImage: (step) =>
      working(step, 'build', (folder, log, signal) =>
        networks.unlessFailed(step.build.buildId, buildImage(step, folder, { ...engine, log, signal })),
      ),
    pushImage: (step) =>
      working(step, 'push', (_, log, signal) => pushImage(step.build, { podman, registry, client, log, signal })),
    async cleanBuild({ build }) {
      const folder = buildFolder(host.workDir, build.buildId);
      await cleanBuild(build.buildId, folder, {
        podman,
        networks,
        workDir: host.workDir,
        signal: cancellationSignal(),
      });
    },
  };
}
