import { startPodmanHost, type PodmanHost } from '../../infra/dev/podman-host.ts';
import { onCleanup } from './cleanup.ts';
import { testRegistry } from './registry.ts';
import { tempDir } from './tmp.ts';

/**
 * A real Podman host of this test file's own, which may pull from {@link testRegistry}. Gone after the last test.
 *
 * @param dir - where it keeps everything: a folder of its own
 * @param registries - that speak plain HTTP, too
 */
export async function testHost(name: string, dir = tempDir(), registries: readonly string[] = []): Promise<PodmanHost> {
  const host = await startPodmanHost({ dir, name, registries: [testRegistry(), ...registries] });
  onCleanup(() => host.stop());
  return host;
}
