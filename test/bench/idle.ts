import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isRunning } from '../../infra/dev/identity.ts';
import { startPodmanHost } from '../../infra/dev/podman-host.ts';
import { freePort, startProcess } from '../../infra/dev/process.ts';
import { startGitHub } from '../../stand-ins/github/start.ts';
import { createApi } from '../support/stage/api.ts';
import { createShop } from '../support/stage/shop.ts';
import type { Bench } from './bench.ts';
import { servedAt } from './pushes.ts';
import { residentOf } from './resident.ts';

const PUSHES = 3;
/** Idle connections, threads and heaps have come to rest by then. */
const REST_MS = 60_000;
const READY_MS = 180_000;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The files of the package, as infra/package/build.mjs leaves them. */
const LANDFALL = join(ROOT, '.cache', 'package', 'cli', 'landfall.mjs');

/** The memory of everything that `landfall up` starts, at rest. */
export const idle: Bench = {
  name: 'idle',
  about: `resident memory of \`landfall up\` and all that it starts, ${String(REST_MS / 1_000)} s after ${String(PUSHES)} pushes; the container it serves is not counted`,
  async run(dir, say) {
    const endings: (() => Promise<unknown>)[] = [];
    try {
      const registry = `127.0.0.1:${String(await freePort())}`;
      const podman = await startPodmanHost({ dir: join(dir, 'h'), name: 'local', registries: [registry] });
      endings.push(() => podman.stop());
      const listen = `127.0.0.1:${String(await freePort())}`;
      const secret = randomBytes(32).toString('hex');
      const webhook = { url: `http://${listen}/api/webhooks/github`, secret };
      const gitHub = await startGitHub({ dir: join(dir, 'g'), webhook });
      endings.push(() => gitHub.stop());
      const key = join(dir, 'app.pem');
      writeFileSync(key, gitHub.privateKey, { mode: 0o600 });

      const data = join(dir, 'data');
      mkdirSync(data, { mode: 0o700 });
      makePackage(dir);
      const ports = [
        ['--temporal-port', String(await freePort())],
        ['--temporal-ui-port', String(await freePort())],
        ['--registry-port', registry.split(':')[1] ?? ''],
      ].flat();
      const sockets = ['--podman-socket', podman.socket];
      const command = (name: string, more: readonly string[]) =>
        startProcess({
          command: process.execPath,
          args: [LANDFALL, name, '--data-dir', data, ...more],
          env: {
            GITHUB_API_URL: gitHub.url,
            GITHUB_APP_ID: String(gitHub.appId),
            GITHUB_APP_PRIVATE_KEY_FILE: key,
            GITHUB_WEBHOOK_SECRET: secret,
            LANDFALL_PRIVATE_SOURCES: '127.0.0.1',
          },
          logFile: join(dir, `${name}.log`),
        });
      endings.push(async () => (await command('down', [])).exited);
      const start = async () => {
        const started = await command('up', ['--listen', listen, ...ports, ...sockets]);
        await ready(`http://${listen}/readyz`);
        return started;
      };
      // The first start of all compiles what later ones read.
      const first = await start();
      await first.stop();
      const up = await start();
      const api = createApi(`http://${listen}`, readFileSync(join(data, 'tokens'), 'utf8').trim().split(':')[1] ?? '');

      const parts = async () => new Map([['landfall up', up.pid], ...(await running(data)), ['podman', podman.pid]]);
      const sizes = async (when: string) => {
        await delay(REST_MS);
        const all = residentOf(await parts());
        for (const { part, processes, mb, rssMb } of all) {
          say(`${when}: ${part}: ${mb.toFixed(0)} MB (${String(processes)} processes, RSS ${rssMb.toFixed(0)} MB)`);
        }
        const sum = (of: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0);
        say(`${when}: all: ${sum(({ mb }) => mb).toFixed(0)} MB (RSS ${sum(({ rssMb }) => rssMb).toFixed(0)} MB)`);
        return { all, mb: sum(({ mb }) => mb) };
      };

      const started = await sizes('started');
      const shop = await createShop(gitHub, join(dir, 'clone'), ['local'], await freePort());
      for (let version = 1; version <= PUSHES; version += 1) {
        const commit = await shop.push({ version: String(version) });
        await servedAt(`${shop.url}/`, String(version));
        await api.ended(commit);
      }
      const used = await sizes('used');
      return [
        { name: 'idle: after the start', value: started.mb, unit: 'MB', goal: null, better: 'lower' },
        { name: `idle: after ${String(PUSHES)} pushes`, value: used.mb, unit: 'MB', goal: GOAL_MB, better: 'lower' },
        ...used.all.map(
          ({ part, mb }) => ({ name: `idle: ${part}`, value: mb, unit: 'MB', goal: null, better: 'lower' }) as const,
        ),
      ];
    } finally {
      for (const end of endings.reverse()) await end();
    }
  },
};

/** Half of what it was. */
const GOAL_MB = 430;

/** People run the package: a checkout has Node's compiler of TypeScript in memory as well. */
function makePackage(dir: string): void {
  const made = spawnSync(process.execPath, [
    join(ROOT, 'infra', 'package', 'build.mjs'),
    '--out',
    join(dir, 'package'),
  ]);
  if (made.status !== 0) throw new Error(`the package could not be made: ${made.stderr.toString()}`);
}

async function ready(url: string): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await delay(500);
  }
  throw new Error(`${url} was never ready`);
}

/** The processes that `up` has noted in its data folder; all of them still run. */
async function running(data: string): Promise<[string, number][]> {
  const { parts } = JSON.parse(readFileSync(join(data, 'running.json'), 'utf8')) as {
    readonly parts: Readonly<Record<string, { readonly pid: number; readonly start: string }>>;
  };
  const found: [string, number][] = [];
  for (const [name, part] of Object.entries(parts)) if (await isRunning(part)) found.push([name, part.pid]);
  return found;
}
