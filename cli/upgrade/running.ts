/** The Landfall that runs in a data folder, and the settings that it runs with. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isRunning, type Identity } from '../../infra/dev/identity.ts';
import { CliError, errorText } from '../cli-error.ts';
import { assertOurs } from '../data-dir.ts';
import { readRecord } from '../up/run-record.ts';

export interface RunningLandfall {
  /** `landfall up`. */
  readonly up: Identity;
  /** Variables of its Landfall. */
  readonly env: Readonly<Record<string, string>>;
}

/** What workers/config.ts reads. Other variables could have Node run code of the folder's owner as root. */
const SETTING = /^(?:DATABASE_URL|(?:GITHUB|LANDFALL|TEMPORAL)_[A-Z_]+)$/;
const NAMES_FILES = /_(?:FILE|PATH)$/;

/** @throws CliError when nothing runs there, or it is another account's */
export async function runningIn(dir: string, attempt: string): Promise<RunningLandfall> {
  const record = await readRecord(dir);
  const { up, parts } = record ?? {};
  const landfall = parts?.['landfall'];
  if (!up || !landfall || !(await isRunning(up)) || !(await isRunning(landfall))) {
    throw new CliError(
      attempt,
      `no Landfall runs in ${dir}`,
      'Name the folder of the one that runs with --data-dir. One that is stopped is checked in the same way when it is started, before anything is changed.',
    );
  }
  await assertOurs(dir);
  return { up, env: await settingsOf(landfall.pid, attempt) };
}

/** By proc_pid_environ(5): as the process was started, with secrets that stand in no file. */
async function settingsOf(pid: number, attempt: string): Promise<Readonly<Record<string, string>>> {
  try {
    const variables = (await readFile(`/proc/${String(pid)}/environ`, 'utf8')).split('\0');
    const pairs = variables.map((one): [string, string] => {
      const at = one.indexOf('=');
      return [one.slice(0, Math.max(at, 0)), one.slice(at + 1)];
    });
    const settings = pairs.filter(([name]) => SETTING.test(name));
    return Object.fromEntries(
      settings.map(([name, value]) => [name, NAMES_FILES.test(name) ? seenBy(pid, value) : value]),
    );
  } catch (error) {
    const why = `the settings of process ${String(pid)} cannot be read: ${errorText(error)}`;
    throw new CliError(attempt, why, 'Run the command as the account that started it, or as root.', { cause: error });
  }
}

/** A service has a `/tmp` and, in some versions of systemd, credentials that only it sees. */
const seenBy = (pid: number, files: string): string =>
  files
    .split(',')
    .map((file) => (file.startsWith('/') && !existsSync(file) ? `/proc/${String(pid)}/root${file}` : file))
    .join(',');
