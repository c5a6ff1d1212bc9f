/** A host's worker in a process of its own, as `landfall worker --host NAME` runs it on another machine. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startProcess, waitUntil } from '../../../infra/dev/process.ts';
import type { Process } from '../../../infra/dev/process.ts';

const CLI = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const READY_MS = 60_000;

export interface RemoteHost {
  /** Resolves once it takes work. */
  start(): Promise<void>;
  /** Like kill -9 of the whole process group. */
  kill(): Promise<void>;
  /** Like kill -9 of `landfall worker` alone. @returns whether any process of its group is left */
  killStarter(): () => boolean;
  stop(): Promise<void>;
}

export function remoteHost(name: string, env: Readonly<Record<string, string>>, logFile: string): RemoteHost {
  let running: Process | undefined;
  let starts = 0;
  return {
    async start() {
      starts += 1;
      const own = `${logFile}.${String(starts)}`;
      running = await startProcess({
        command: process.execPath,
        args: [CLI, 'worker', '--host', name],
        env,
        logFile: own,
      });
      await waitUntil(running, async () => readFileSync(own, 'utf8').includes('"ready":true'), {
        what: `serve ${name}`,
        timeoutMs: READY_MS,
      });
    },
    async kill() {
      await running?.kill();
      running = undefined;
    },
    killStarter() {
      const { pid } = running ?? {};
      if (pid === undefined) throw new Error(`${name} does not run`);
      process.kill(pid, 'SIGKILL');
      return () => isGroup(pid);
    },
    async stop() {
      await running?.stop();
      running = undefined;
    },
  };
}

function isGroup(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}
