import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE_ENV, NODE_OPTIONS } from '../../infra/node-runtime.ts';
import { startTemporal } from '../../infra/dev/temporal.ts';
import type { Bench } from './bench.ts';

const PROCESS = fileURLToPath(new URL('memory-process.ts', import.meta.url));
const IN_FLIGHT = 50;
const MORE = 1_000;
/** Growth over the last thousand that would still be noise: a heap breathes. */
const FLAT_MB = 50;

/** Of the process that is API, workers and store; the database is made beforehand. */
export const memory: Bench = {
  name: 'memory',
  about: `resident memory with ${String(IN_FLIGHT)} deployments in flight on a simulated target, and over ${String(MORE)} more`,
  async run(dir, say) {
    const temporal = await startTemporal({
      dir: join(dir, 't'),
      persistent: true,
    });
    try {
      // The embedded database's first creation takes more than running it.
      await inProcess(dir, temporal.address, 0);
      const samples = await inProcess(dir, temporal.address, MORE);
      const tenth = Math.max(1, Math.floor(samples.length / 10));
      const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const warm = mean(samples.slice(tenth, 2 * tenth));
      const late = mean(samples.slice(-tenth));
      say(`${String(samples.length)} samples`);
      return [
        {
          name: `memory: most with ${String(IN_FLIGHT)} in flight`,
          value: Math.max(...samples),
          unit: 'MB',
          goal: 700,
          better: 'lower',
        },
        {
          name: `memory: growth over ${String(MORE)} more`,
          value: late - warm,
          unit: 'MB',
          goal: FLAT_MB,
          better: 'lower',
        },
      ];
    } finally {
      await temporal.stop();
    }
  },
};

/** @returns resident memory in MB, sampled while so many deployments went through */
async function inProcess(dir: string, address: string, deployments: number): Promise<readonly number[]> {
  const child = fork(PROCESS, [join(dir, 'data'), address, String(deployments), String(IN_FLIGHT)], {
    execArgv: [...NODE_OPTIONS],
    env: { ...process.env, ...NODE_ENV },
  });
  const ended = once(child, 'exit');
  const [samples] = (await Promise.race([
    once(child, 'message'),
    ended.then(() => Promise.reject(new Error('the measured process ended early'))),
  ])) as [readonly number[]];
  await ended;
  return samples;
}
