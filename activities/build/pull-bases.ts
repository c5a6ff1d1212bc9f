/** The images that a build starts from, brought to this host before the engine needs them: it does not always say why not. */
import type { BaseImage } from '../../contracts/deployment/build.ts';
import type { PullPolicy } from '../../contracts/config/service.ts';
import type { StepLog } from '../logs/step-log.ts';
import { PodmanError, type PodmanClient } from '../podman/client.ts';
import type { RegistrySettings } from '../registry/client.ts';
import { pullHeaders } from '../registry/engine-headers.ts';
import { NO_LOGINS } from '../registry/logins.ts';
import type { Base } from './base-images.ts';
import { basePullFailure } from './base-pull-failure.ts';
import { findImage } from './image.ts';

interface PullDeps {
  readonly podman: PodmanClient;
  readonly registry: RegistrySettings;
  readonly log: StepLog;
  readonly signal: AbortSignal;
}

/**
 * Pulls each image as the policy says (podman-pull(1), `--policy`): with `newer` a copy that is here is good enough
 * while its registry is away.
 *
 * @returns the image of each name on this host now
 * @throws `RegistryUnavailable` (retryable), `BuildFailed` when the registry refuses, `DiskFull`
 */
export async function pullBases(
  wanted: readonly Base[],
  policy: PullPolicy,
  deps: PullDeps,
): Promise<readonly BaseImage[]> {
  const bases: BaseImage[] = [];
  for (const base of wanted) {
    const { image } = base;
    if (!image.startsWith('localhost/')) await pull(base, policy, deps);
    const found = await findImage(deps.podman, image, deps.signal);
    // Without one the engine says what it misses.
    if (found?.Digest === undefined) continue;
    bases.push({ image, digest: found.Digest });
    await deps.log.say(`Base image ${image}: ${found.Digest}`);
  }
  return bases;
}

async function pull(base: Base, policy: PullPolicy, { podman, registry, log, signal }: PullDeps): Promise<void> {
  const { image: name, platform } = base;
  const [OS, Arch, Variant] = platform?.split('/') ?? [];
  // For any other registry the engine's own registries.conf decides.
  const plainHttp = registry.insecure && hostOf(name) === hostOf(registry.address);
  const query = { reference: name, policy, OS, Arch, Variant, ...(plainHttp && { tlsVerify: false }) };
  const headers = pullHeaders(registry.logins ?? NO_LOGINS, name);
  try {
    for await (const said of podman.lines('POST', '/images/pull', { query, headers, signal })) {
      if (typeof said['stream'] === 'string') await log.write(said['stream']);
      if (typeof said['error'] === 'string') throw basePullFailure(name, said['error']);
    }
  } catch (error) {
    throw error instanceof PodmanError ? basePullFailure(name, error.message) : error;
  }
}

const hostOf = (reference: string): string => reference.split('/')[0] ?? '';
