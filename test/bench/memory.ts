import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runtimeTuning } from '../../infra/runtime-tuning/tuning.mjs';
import { startPostgres } from '../../infra/dev/postgres/server.ts';
import { startTemporal } from '../../infra/dev/temporal.ts';
import type { Bench } from './bench.ts';

const PROCESS = fileURLToPath(new URL('memory-process.ts', import.meta.url));
const IN_FLIGHT = 50;
const MORE = 1_000;
/** Growth over the last thousand that would still be noise: a heap breathes. */
const FLAT_MB = 50;

/** The memory of the process that is API and workers; the schema is made beforehand. */
export const memory: Bench = {
  name: 'memory',
  about: `resident memory with ${String(IN_FLIGHT)} deployments in flight on a simulated target, and over ${String(MORE)} more`,
  async run(dir, say) {
    const temporal = await startTemporal({
      dir: join(dir, 't'),
      persistent: true,
    });
    const postgres = await startPostgres({ dir: join(dir, 'postgres') });
    const inProcess = (deployments: number) => measured(dir, temporal.address, postgres.url, deployments);
    try {
      await inProcess(0);
      const samples = await inProcess(MORE);
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
      await postgres.stop();
      await temporal.stop();
    }
  },
};

/** @returns resident memory in MB, sampled while so many deployments went through */
async function measured(
  dir: string,
  address: string,
  databaseUrl: string,
  deployments: number,
): Promise<readonly number[]> {
  const tuning = runtimeTuning(process.env);
  const child = fork(PROCESS, [join(dir, 'data'), address, String(deployments), String(IN_FLIGHT)], {
    execArgv: [...tuning.args],
    env: { ...process.env, ...tuning.env, DATABASE_URL: databaseUrl },
  });
  const ended = once(child, 'exit');
  const [samples] = (await Promise.race([
    once(child, 'message'),
    ended.then(() => Promise.reject(new Error('the measured process ended early'))),
  ])) as [readonly number[]];
  await ended;
  return samples;
}
