/** What `landfall install` needs of the machine around it. */
import { execFile } from 'node:child_process';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { accountNamed, type Account } from '../../infra/dev/accounts.ts';
import { bareEnv } from '../../infra/dev/bare-env.ts';
import { letDatabaseThrough } from '../../infra/dev/postgres/account.ts';
import { majorOf } from '../../infra/dev/postgres/data-folder.ts';
import { postgresPrograms } from '../../infra/dev/postgres/programs.ts';
import { startPostgres } from '../../infra/dev/postgres/server.ts';
import { ensureServiceAccount } from '../../infra/dev/service-account.ts';
import { ensureBuildAccount } from '../../infra/setup/build-account.mjs';
import { glibcVersion } from '../c-library.ts';
import { CliError, errorText } from '../cli-error.ts';
import { assertFree } from '../up/ports.ts';

export interface SystemdMachine {
  readonly isRoot: boolean;
  /** Holds `systemd/system` and `landfall`. */
  readonly etc: string;
  /** Exists where systemd runs (sd_booted(3)). */
  readonly booted: string;
  /** Folders that a service may not write to, or that are emptied. */
  readonly notForData: RegExp;
  /** Folders that the units of parts do not see. */
  readonly hiddenFromUnits: RegExp;
  /** The version of glibc, if that is the C library. */
  readonly glibc: string | undefined;
  /** Node and this program. */
  readonly program: readonly string[];
  /** @returns what it printed. @throws CliError with the words of systemctl(1) */
  readonly systemctl: (...args: readonly string[]) => Promise<string>;
  /** @throws CliError when another program has the address */
  readonly assertFree: (url: string, what: string, option: string) => Promise<void>;
  /** Makes the account for builds. @returns why it could not be made, one line */
  readonly makeBuildAccount: () => readonly string[];
  /** Makes a part's account where there is none. @throws Error with the words of useradd(8) */
  readonly ensureAccount: (name: string, comment: string) => Account;
  /** Creates the database in this folder where there is none, and what it is started from. A running one goes on. */
  readonly makeDatabase: (dir: string, given: DatabaseGiven) => Promise<void>;
}

export interface DatabaseGiven {
  /** A folder with PostgreSQL's programs, in place of those that come with Landfall. */
  readonly bin: string | undefined;
  readonly isRunning: boolean;
}

const SYSTEMCTL_MS = 120_000;

export const thisMachine = (): SystemdMachine => ({
  isRoot: process.getuid?.() === 0,
  etc: '/etc',
  booted: '/run/systemd/system',
  notForData: /^[/](?:home|root|usr|etc|boot|efi|run|tmp|var[/]tmp|dev|proc|sys)?(?:[/]|$)/,
  hiddenFromUnits: /^[/](?:home|root|tmp|var[/]tmp)[/]/,
  glibc: glibcVersion(),
  program: [process.execPath, fileURLToPath(new URL('../landfall.mjs', import.meta.url))],
  systemctl: async (...args) => {
    try {
      return (await promisify(execFile)('systemctl', args, { timeout: SYSTEMCTL_MS, env: bareEnv() })).stdout;
    } catch (error) {
      const { stderr = '' } = error as { readonly stderr?: string };
      throw new CliError(
        `Run \`systemctl ${args.join(' ')}\``,
        stderr.trim() || errorText(error),
        'Mend that, and run the command again: what is done stays, the rest follows.',
        { cause: error },
      );
    }
  },
  assertFree,
  makeBuildAccount: () => {
    try {
      ensureBuildAccount();
      return [];
    } catch (error) {
      return [errorText(error)];
    }
  },
  ensureAccount: (name, comment) => {
    ensureServiceAccount(name, comment);
    const account = accountNamed(name);
    if (account === undefined) throw new Error(`the account ${name} is not in /etc/passwd`);
    return account;
  },
  makeDatabase,
});

async function makeDatabase(dir: string, { bin, isRunning }: DatabaseGiven): Promise<void> {
  if (isRunning) {
    await postgresPrograms({ bin, major: majorOf(join(dir, 'data')), copyTo: dir, isCopied: true, account: undefined });
    return;
  }
  letDatabaseThrough(dirname(dir));
  // What the first start makes is all that PostgreSQL needs to be started by another program.
  const postgres = await startPostgres({ dir, bin, ownPrograms: true });
  await postgres.stop();
}

export interface Places {
  readonly unit: string;
  /** The folder of units. */
  readonly units: string;
  readonly settings: string;
  readonly credentials: string;
  readonly environment: string;
}

export const placesOf = ({ etc }: Pick<SystemdMachine, 'etc'>, unit: string): Places => ({
  unit: join(etc, 'systemd', 'system', unit),
  units: join(etc, 'systemd', 'system'),
  settings: join(etc, 'landfall'),
  credentials: join(etc, 'landfall', 'credentials'),
  environment: join(etc, 'landfall', 'landfall.env'),
});

export const isBooted = ({ booted }: Pick<SystemdMachine, 'booted'>): boolean => existsSync(booted);

const OTHERS_WRITE = 0o022;

/** The first of the file and the folders above it that another account than root's could change. */
export function changeableByOthers(file: string): string | undefined {
  for (let path = realpathSync(file); ; path = dirname(path)) {
    const { uid, mode } = statSync(path);
    if (uid !== 0 || (mode & OTHERS_WRITE) !== 0) return path;
    if (path === dirname(path)) return undefined;
  }
}
