/** A person's own shell script: clone → build → push → pull → run → healthy. The floor under our overhead. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { PodmanHost } from '../../infra/dev/podman-host.ts';
import { freePort } from '../../infra/dev/process.ts';
import { APP_HEALTH_PATH, APP_PORT } from '../support/fixtures/app.ts';
import type { Stage } from '../support/stage/stage.ts';

const LOOK_EVERY_MS = 20;

/** One script for one stage: it clones from the same server, and uses the same engines and registry. */
export function createBareScript({ dir, shop, registry, hosts }: Pick<Stage, 'dir' | 'shop' | 'registry' | 'hosts'>) {
  const [builder] = hosts;
  if (!builder) throw new Error('a stage has at least one host');
  const image = `${registry}/bare/web`;

  return {
    /** Everything, on one host after the other as a script does. @returns milliseconds until the last host is healthy */
    async run(commit: string): Promise<number> {
      const source = join(dir, 'bare');
      rmSync(source, { recursive: true, force: true });
      const startedAt = performance.now();
      await promisify(execFile)('git', ['clone', '--quiet', '--depth', '1', shop.repository.pushUrl, source]);
      await builder.podman(['build', '--quiet', '--format', 'docker', '--tag', `${image}:${commit}`, source]);
      await builder.podman(['push', '--quiet', `${image}:${commit}`]);
      for (const host of hosts) await deploy(host, `${image}:${commit}`);
      return performance.now() - startedAt;
    },
    /** Its second half only: an image that is in the registry. @returns milliseconds until the last host is healthy */
    async deploy(reference: string): Promise<number> {
      const startedAt = performance.now();
      for (const host of hosts) await deploy(host, reference);
      return performance.now() - startedAt;
    },
    /** Takes away what the script runs. */
    async clear(): Promise<void> {
      for (const host of hosts) await host.podman(['rm', '--force', '--time', '0', '--ignore', 'bare-web']);
    },
  };
}

async function deploy(host: PodmanHost, image: string): Promise<void> {
  const port = await freePort();
  await host.podman(['pull', '--quiet', image]);
  await host.podman([
    ...[
      'run',
      '--detach',
      '--replace',
      '--name',
      'bare-web',
      '--publish',
      `127.0.0.1:${String(port)}:${String(APP_PORT)}`,
    ],
    image,
  ]);
  await healthy(`http://127.0.0.1:${String(port)}${APP_HEALTH_PATH}`);
}

async function healthy(url: string): Promise<void> {
  for (let tries = 0; tries < 3_000; tries += 1) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await delay(LOOK_EVERY_MS);
  }
  throw new Error(`${url} never became healthy`);
}
