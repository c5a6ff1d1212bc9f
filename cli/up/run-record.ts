/**
 * The processes of a `landfall up`, recorded in its data folder. They have process groups of their own, so they outlive
 * a `kill -9` of their parent: the next `up` ends those that hold ports and files; those that carry traffic go on.
 */
import { readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Made } from '../../infra/dev/daemon.ts';
import { endProcess } from '../../infra/dev/daemon.ts';
import { identityOf, isRunning } from '../../infra/dev/identity.ts';
import { LockError, tryLock } from '../../infra/lock.mjs';
import type { Lock } from '../../infra/lock.mjs';
import { CliError, codeOf } from '../cli-error.ts';
import { jsonOf } from '../../contracts/core/json.ts';

const Recorded = z.strictObject({ pid: z.int().min(2), start: z.string().min(1) });
const Part = Recorded.extend({
  /** Only of what outlives `up`: what it was started from. */
  made: z.string().optional(),
});
const Recording = z.strictObject({
  /** A copy of a data folder has no processes. */
  dir: z.string(),
  /** Not there once that `up` has stopped in order. */
  up: Recorded.optional(),
  parts: z.record(z.string(), Part),
});
type Recording = z.infer<typeof Recording>;
type Part = z.infer<typeof Part>;

export interface RunRecord {
  /** Remembers a part's process in place of its former one. */
  note(part: string, pid: number, made?: string): Promise<void>;
  /** The process of a part that outlives `up`, as it was noted last. */
  former(part: string): Made | undefined;
  /** Gives the folder back. Parts that outlive us and still run stay noted. */
  leave(): Promise<void>;
}

/**
 * Ends what an earlier run left behind in this folder, apart from what carries traffic, and takes the folder for this one.
 *
 * @throws CliError when another `landfall up` is using it.
 */
export async function takeFolder(dir: string): Promise<RunRecord> {
  const lock = await lockFolder(dir);
  const before = await readRecord(dir);
  const parts: Record<string, Part> = {};
  for (const [name, part] of lastFirst(before)) {
    if (!(await isRunning(part))) continue;
    if (part.made === undefined) await endPart(name, part.pid);
    else parts[name] = part;
  }

  const canonical = await realpath(dir);
  const up = await identityOf(process.pid);
  await write(dir, { dir: canonical, up, parts });
  return {
    note: async (part, pid, made) => {
      parts[part] = { ...(await identityOf(pid)), ...(made !== undefined && { made }) };
      await write(dir, { dir: canonical, up, parts });
    },
    former: (part) => {
      const noted = parts[part];
      return noted?.made === undefined ? undefined : { pid: noted.pid, start: noted.start, made: noted.made };
    },
    leave: async () => {
      const left: [string, Part][] = [];
      for (const [name, part] of Object.entries(parts)) {
        if (part.made !== undefined && (await isRunning(part))) left.push([name, part]);
      }
      if (left.length === 0) await forgetRecord(dir);
      else await write(dir, { dir: canonical, parts: Object.fromEntries(left) });
      lock.release();
    },
  };
}

async function lockFolder(dir: string): Promise<Lock> {
  const lock = await tryLock(join(dir, 'up.lock')).catch((error: unknown) => {
    if (!(error instanceof LockError)) throw error;
    throw new CliError(`Use ${dir}`, error.message.replace(/[.]$/, ''), 'Then start it again.', { cause: error });
  });
  if (lock) return lock;
  const { up } = (await readRecord(dir)) ?? {};
  throw new CliError(
    `Use ${dir}`,
    `another \`landfall up\`${up ? ` (process ${String(up.pid)})` : ''} does already`,
    'Stop that one first, or give this one a folder of its own with --data-dir.',
  );
}

/** Parts in reverse order of their start: a part ends before those that it needs, the database last. */
export const lastFirst = (record: Recording | undefined): readonly (readonly [string, Part])[] =>
  Object.entries(record?.parts ?? {}).toReversed();

/** PostgreSQL waits for its sessions when it gets SIGTERM, and ends them when it gets SIGINT. */
export const endPart = (name: string, pid: number): Promise<void> =>
  endProcess(pid, undefined, name === 'database' ? 'SIGINT' : 'SIGTERM');

const fileIn = (dir: string) => join(dir, 'running.json');

export const forgetRecord = (dir: string): Promise<void> => rm(fileIn(dir), { force: true });

/** There is no such folder, or it can be none. */
const NO_FOLDER: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);

/**
 * @returns `undefined` for no record, one that cannot be understood, and one that was copied here from another folder
 * @throws CliError when this account may not read it
 */
export async function readRecord(dir: string): Promise<Recording | undefined> {
  try {
    // A record of another version, or one cut off, cannot name what runs; a taken port will show it.
    const { data } = Recording.safeParse(jsonOf(await readFile(fileIn(dir), 'utf8')));
    return data?.dir === (await realpath(dir)) ? data : undefined;
  } catch (error) {
    const code = codeOf(error);
    if (NO_FOLDER.has(code)) return undefined;
    if (code !== 'EACCES') throw error;
    const todo = 'Run the command as the account that started Landfall, or as root.';
    throw new CliError(`Read ${fileIn(dir)}`, 'this account may not', todo, { cause: error });
  }
}

async function write(dir: string, recording: Recording): Promise<void> {
  const draft = `${fileIn(dir)}.new`;
  await writeFile(draft, `${JSON.stringify(recording)}\n`, { mode: 0o600 });
  await rename(draft, fileIn(dir));
}
