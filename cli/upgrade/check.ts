/** Runs workers/check-upgrade.ts: the command line itself knows neither Temporal nor the database. */
import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { jsonOf } from '../../contracts/core/json.ts';
import { UpgradeCheckLine, type UpgradeCheck } from '../../contracts/core/upgrade-check.ts';
import { CliError, errorText } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import type { RunningLandfall } from './running.ts';

const CHECK_UPGRADE = fileURLToPath(new URL('../../workers/check-upgrade.ts', import.meta.url));
/** A rehearsal has eight minutes. */
const LIMIT_MS = 600_000;
const MIB = 1024 ** 2;
/** The database's changes and their log, and what the start itself writes. */
const LEAST_FREE = 256 * MIB;

/** @throws CliError with the reason why this version could not even look */
export async function runCheck(
  context: CommandContext,
  { env }: Pick<RunningLandfall, 'env'>,
  attempt: string,
): Promise<UpgradeCheck> {
  const { PATH = '', HOME = '' } = context.env;
  const options = { env: { PATH, HOME, ...env }, timeout: LIMIT_MS, signal: context.signal };
  const printed = await promisify(execFile)(process.execPath, [CHECK_UPGRADE], options).catch((error: unknown) => {
    context.signal.throwIfAborted();
    return error as { readonly stdout?: string; readonly stderr?: string };
  });
  const { data } = UpgradeCheckLine.safeParse(jsonOf(printed.stdout ?? ''));
  if (data !== undefined && !('error' in data)) return data;
  const why = data?.error ?? (printed.stderr?.trim() || errorText(printed));
  throw new CliError(attempt, why, 'Mend that first: what runs goes on, and nothing was changed.');
}

/** @throws CliError when there is too little room for what an update writes */
export async function assertRoom(dir: string, attempt: string): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  const free = bavail * bsize;
  if (free >= LEAST_FREE) return;
  throw new CliError(
    attempt,
    `${String(Math.floor(free / MIB))} MiB are free in ${dir}, and an update may need ${String(LEAST_FREE / MIB)}`,
    'Free some, such as with `podman system prune`.',
  );
}
