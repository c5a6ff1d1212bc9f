import { startPodmanHost, type PodmanHost } from '../../infra/dev/podman-host.ts';
import { onCleanup } from './cleanup.ts';
import { testRegistry } from './registry.ts';
import { tempDir } from './tmp.ts';

/**
 * A real Podman host of this test file's own, which may pull from {@link testRegistry}. Gone after the last test.
 *
 * @param dir - where it keeps everything: a folder of its own
 */
export async function testHost(name: string, dir = tempDir()): Promise<PodmanHost> {
  const host = await startPodmanHost({ dir, name, registries: [testRegistry()] });
  onCleanup(() => host.stop());
  return host;
}
