import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** Variables by which `podman` without the host's own arguments is this same engine: a user's own Podman. */
export function ownSettings({ dir }: PodmanHost): Readonly<Record<string, string>> {
  const at = (name: string) => join(dir, 'conf', name);
  const written = readFileSync(at('containers.conf'), 'utf8');
  const folders = { engine: ['tmp_dir', join(dir, 'run', 'tmp')], network: ['network_config_dir', join(dir, 'net')] };
  const whole = Object.entries(folders).reduce(
    (conf, [section, [key, folder]]) =>
      conf.replace(`[${section}]`, `[${section}]\n${String(key)} = "${String(folder)}"`),
    written,
  );
  writeFileSync(at('own.conf'), whole);
  return {
    CONTAINERS_CONF: at('own.conf'),
    CONTAINERS_STORAGE_CONF: at('storage.conf'),
    CONTAINERS_REGISTRIES_CONF: at('registries.conf'),
  };
}
