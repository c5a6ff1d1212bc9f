import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../../infra/dev/postgres/server.ts';
import { examples } from '../api/webhooks/examples.ts';
import autocannon from 'autocannon';
import type { Options, Result } from 'autocannon';
import { median } from './bench.ts';
import type { Bench } from './bench.ts';

const SERVER = fileURLToPath(new URL('webhook-server.ts', import.meta.url));
const SECRET = 'only-for-measuring-0123456789';
const ROUNDS = 3;
const REQUESTS = 4_000;
const RATE = 200;
const RATE_SECONDS = 15;

/** A real push of several commits: about 8 kB. */
const body = (() => {
  const push = examples.find(({ name }) => name === 'push')?.examples.at(-1) as object;
  return JSON.stringify({ ...push, padding: 'x'.repeat(Math.max(0, 8_000 - JSON.stringify(push).length)) });
})();
const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;

export const webhook: Bench = {
  name: 'webhook',
  about: 'CPU of one request on our route without the store, divided by bare node:http with HMAC and JSON.parse',
  async run(dir, say) {
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const bare = await cpuOf('bare', dir);
      const ours = await cpuOf('ours', dir);
      say(`${ours.toFixed(0)} µs ours, ${bare.toFixed(0)} µs bare`);
      ratios.push(ours / bare);
    }
    const { latency, non2xx, errors } = await fixedRate(dir);
    say(`${String(RATE)}/s with the store: ${String(non2xx + errors)} of ${String(RATE * RATE_SECONDS)} failed`);
    return [
      { name: 'webhook: CPU, ours ÷ bare', value: median(ratios), unit: 'ratio', goal: 1.5, better: 'lower' },
      {
        name: `webhook: p99 with the store at ${String(RATE)}/s`,
        value: latency.p99,
        unit: 'ms',
        goal: null,
        better: 'lower',
      },
    ];
  },
};

/** @returns microseconds of CPU for one request */
async function cpuOf(kind: 'ours' | 'bare', dir: string): Promise<number> {
  return withServer([kind, dir], async (url, server) => {
    await shoot(url, { connections: 16, amount: REQUESTS / 2 });
    const before = await cpu(server);
    const { non2xx, errors } = await shoot(url, { connections: 16, amount: REQUESTS });
    if (non2xx + errors > 0) throw new Error(`${kind}: ${String(non2xx + errors)} requests were refused`);
    return ((await cpu(server)) - before) / REQUESTS;
  });
}

async function fixedRate(dir: string): Promise<Result> {
  const postgres = await startPostgres({ dir: join(dir, 'postgres') });
  try {
    const load = { connections: 16, overallRate: RATE, duration: RATE_SECONDS };
    return await withServer(['stored', dir, postgres.url], (url) => shoot(url, load));
  } finally {
    await postgres.stop();
  }
}

async function withServer<T>(
  args: readonly string[],
  use: (url: string, server: ChildProcess) => Promise<T>,
): Promise<T> {
  const server = fork(SERVER, args, { env: { ...process.env, BENCH_SECRET: SECRET } });
  try {
    const [url] = (await once(server, 'message')) as [string];
    return await use(url, server);
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
}

async function cpu(server: ChildProcess): Promise<number> {
  server.send('cpu');
  const [used] = (await once(server, 'message')) as [number];
  return used;
}

function shoot(url: string, options: Partial<Options>): Promise<Result> {
  return autocannon({
    url: `${url}/api/webhooks/github`,
    requests: [
      {
        method: 'POST',
        body,
        setupRequest: (request) => ({
          ...request,
          headers: {
            'content-type': 'application/json',
            'x-github-event': 'push',
            'x-github-delivery': randomUUID(),
            'x-hub-signature-256': signature,
          },
        }),
      },
    ],
    ...options,
  });
}
