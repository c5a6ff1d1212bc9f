/** `landfall down`: ends everything that `landfall up` started in a data folder, also what outlives it. */
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess } from '../../infra/dev/daemon.ts';
import { isRunning } from '../../infra/dev/identity.ts';
import type { Identity } from '../../infra/dev/identity.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { progress, printResult } from '../context.ts';
import { assertOurs, dataDir } from '../data-dir.ts';
import { lastingProcesses } from './lasting.ts';
import { endPart, forgetRecord, lastFirst, readRecord } from './run-record.ts';
import { readUnits, type Units } from './units.ts';

/** `up` gives each of its parts ten seconds. */
const UP_MS = 60_000;
const BETWEEN_LOOKS_MS = 100;

/** @throws CliError when the folder is another user's, or a `landfall up` does not end. */
export async function down(context: CommandContext, options: { readonly dataDir?: string }): Promise<void> {
  const dir = dataDir(context, options.dataDir);
  const stopped: string[] = [];
  let units: Units = {};
  const stopping = (name: string, pid: number) => {
    progress(context, `stopping ${name} (process ${String(pid)})`);
    stopped.push(name);
  };
  if (existsSync(dir)) {
    // The processes in its record are ended: another user could name any process of ours.
    await assertOurs(dir);
    units = readUnits(dir);
    const record = await readRecord(dir);
    if (record?.up && (await isRunning(record.up))) {
      stopping('landfall up', record.up.pid);
      await endUp(record.up);
    }
    for (const [name, part] of lastFirst(record)) {
      // Parts that carry traffic are found by their command lines, below: more of them may run than the record notes.
      if (part.made !== undefined || !(await isRunning(part))) continue;
      stopping(name, part.pid);
      await endPart(name, part.pid);
    }
    for (const { name, pid } of await lastingProcesses(dir)) {
      // Ended here, it would be started again.
      if (name in units) continue;
      stopping(name, pid);
      await endProcess(pid);
    }
    await forgetRecord(dir);
  }
  const names = Object.values(units);
  const document = { dataDir: dir, stopped, ...(names.length > 0 && { units: names }) };
  printResult(context, document, textOf(dir, stopped, names));
}

function textOf(dir: string, stopped: readonly string[], units: readonly string[]): string {
  if (units.length > 0) {
    return `Units of systemd run parts of ${dir}, and go on: \`systemctl stop ${units.join(' ')}\` ends them, and services go offline with the proxy.`;
  }
  if (stopped.length === 0) return `Nothing of Landfall runs in ${dir}.`;
  return "Everything is stopped but the containers: they are Podman's, and `podman ps --filter label=landfall.key` lists them.";
}

async function endUp(up: Identity): Promise<void> {
  process.kill(up.pid, 'SIGTERM');
  const deadline = performance.now() + UP_MS;
  while (await isRunning(up)) {
    if (performance.now() > deadline) {
      throw new CliError(
        'Stop everything',
        `\`landfall up\` (process ${String(up.pid)}) did not end within ${String(UP_MS / 1000)} s`,
        `Look at its output; \`kill -9 ${String(up.pid)}\` and \`landfall down\` once more end it at once.`,
      );
    }
    await delay(BETWEEN_LOOKS_MS);
  }
}
