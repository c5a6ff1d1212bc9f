/** The machine's parts for tests of `landfall up`. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { startPodmanHost } from '../../../infra/dev/podman-host.ts';
import { freePort } from '../../../infra/dev/process.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { testRegistry } from '../../support/registry.ts';
import { tempDir } from '../../support/tmp.ts';
import { landfall } from '../support/run.ts';

export const MAIN = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
/** The limit for a start and all that follows it. */
export const LIMIT_MS = 180_000;

export const gitHubApp = () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const file = join(tempDir(), 'app.pem');
  writeFileSync(file, privateKey.export({ type: 'pkcs1', format: 'pem' }), { mode: 0o600 });
  return { GITHUB_APP_ID: '4242', GITHUB_APP_PRIVATE_KEY_FILE: file, GITHUB_WEBHOOK_SECRET: 'a-secret-of-the-test' };
};

/**
 * A Podman of its own, a data folder that is not there yet, and free ports.
 *
 * @param buildsByItself - `false`: as on a machine where only the Podman that runs services is given
 */
export async function stage({ buildsByItself = true } = {}) {
  const registryPort = String(await freePort());
  const registry = `127.0.0.1:${registryPort}`;
  const podman = await startPodmanHost({ dir: tempDir(), name: 'local', registries: [testRegistry()] });
  onCleanup(() => podman.stop());
  const dir = join(tempDir(), 'data');
  // Also what outlives `landfall up`.
  onCleanup(async () => {
    await landfall(['down', '--data-dir', dir]);
  });
  const port = await freePort();
  const temporalPort = String(await freePort());
  const ports = [
    ['--temporal-port', temporalPort],
    ['--temporal-ui-port', String(await freePort())],
    ['--registry-port', registryPort],
  ].flat();
  const listen = ['--listen', `127.0.0.1:${String(port)}`];
  const builds = buildsByItself ? ['--build-podman-socket', podman.socket] : [];
  const args = ['up', '--data-dir', dir, '--podman-socket', podman.socket, ...builds, ...listen, ...ports];
  const [url, temporal] = [`http://127.0.0.1:${String(port)}`, `127.0.0.1:${temporalPort}`];
  return { dir, args, registry, podman, url, temporal };
}

const Running = z.object({
  up: z.object({ pid: z.int() }).optional(),
  parts: z.record(z.string(), z.object({ pid: z.int() })),
});
export const running = (dir: string) => Running.parse(JSON.parse(readFileSync(join(dir, 'running.json'), 'utf8')));
export const isReady = async (url: string) => (await fetch(`${url}/readyz`)).ok;
