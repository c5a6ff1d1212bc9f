/**
 * Which processes a `landfall up` runs, kept in its data folder. They have process groups of their own, so they outlive
 * a `kill -9` of their parent and would hold its ports and files: the next `up` ends them first.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { CliError, codeOf } from '../cli-error.ts';
import { startOf } from './process-identity.ts';

const Recorded = z.strictObject({ pid: z.int().min(2), start: z.string().min(1) });
type Recorded = z.infer<typeof Recorded>;
const Recording = z.strictObject({ up: Recorded, parts: z.record(z.string(), Recorded) });

export interface RunRecord {
  /** Remembers a part's process in place of its former one. */
  note(part: string, pid: number): Promise<void>;
  clear(): Promise<void>;
}

/** A program that has not ended by then has hung. */
const END_MS = 10_000;

/**
 * Ends what an earlier run left behind in this folder and takes the folder for this one.
 *
 * @throws CliError when another `landfall up` is using it.
 */
export async function takeFolder(dir: string): Promise<RunRecord> {
  const file = join(dir, 'running.json');
  const before = await read(file);
  if (before && (await isRunning(before.up))) {
    throw new CliError(
      `Use ${dir}`,
      `another \`landfall up\` (process ${String(before.up.pid)}) does already`,
      'Stop that one first, or give this one a folder of its own with --data-dir.',
    );
  }
  for (const part of Object.values(before?.parts ?? {})) await end(part);

  const parts: Record<string, Recorded> = {};
  const up = await recordOf(process.pid);
  const write = () => writeFile(file, `${JSON.stringify({ up, parts })}\n`, { mode: 0o600 });
  await write();
  return {
    note: async (part, pid) => {
      parts[part] = await recordOf(pid);
      await write();
    },
    clear: () => rm(file, { force: true }),
  };
}

async function read(file: string): Promise<z.infer<typeof Recording> | undefined> {
  try {
    // Cut off by a crash while it was written: then it cannot say what runs, and a taken port will.
    return Recording.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError || codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function recordOf(pid: number): Promise<Recorded> {
  // A process that is already gone has no start; one that never matches does no harm.
  return { pid, start: (await startOf(pid)) ?? 'gone' };
}

const isRunning = async ({ pid, start }: Recorded): Promise<boolean> => (await startOf(pid)) === start;

async function end(part: Recorded): Promise<void> {
  if (!(await isRunning(part))) return;
  process.kill(-part.pid, 'SIGTERM');
  const deadline = performance.now() + END_MS;
  while (performance.now() < deadline) {
    if (!(await isRunning(part))) return;
    await delay(100);
  }
  process.kill(-part.pid, 'SIGKILL');
}
