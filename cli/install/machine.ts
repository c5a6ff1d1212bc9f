/** What `landfall install` needs of the machine around it. */
import { execFile } from 'node:child_process';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bareEnv } from '../../infra/dev/bare-env.ts';
import { ensureDatabaseAccount } from '../../infra/dev/postgres/account.ts';
import { ensureBuildAccount } from '../../infra/setup/build-account.mjs';
import { CliError, errorText } from '../cli-error.ts';

export interface SystemdMachine {
  readonly isRoot: boolean;
  /** Holds `systemd/system` and `landfall`. */
  readonly etc: string;
  /** Exists where systemd runs (sd_booted(3)). */
  readonly booted: string;
  /** Folders that a service may not write to, or that are emptied. */
  readonly notForData: RegExp;
  /** Node and this program. */
  readonly program: readonly string[];
  /** @returns what it printed. @throws CliError with the words of systemctl(1) */
  readonly systemctl: (...args: readonly string[]) => Promise<string>;
  /** Makes accounts that the service needs and cannot make. @returns why one could not be made, one line each */
  readonly makeAccounts: (wanted: { readonly database: boolean; readonly builds: boolean }) => readonly string[];
}

const SYSTEMCTL_MS = 120_000;

export const thisMachine = (): SystemdMachine => ({
  isRoot: process.getuid?.() === 0,
  etc: '/etc',
  booted: '/run/systemd/system',
  notForData: /^[/](?:home|root|usr|etc|boot|efi|run|tmp|var[/]tmp|dev|proc|sys)?(?:[/]|$)/,
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
  makeAccounts: ({ database, builds }) => [
    ...(database ? failureOf(ensureDatabaseAccount) : []),
    ...(builds ? failureOf(ensureBuildAccount) : []),
  ],
});

function failureOf(make: () => void): readonly string[] {
  try {
    make();
    return [];
  } catch (error) {
    return [errorText(error)];
  }
}

export interface Places {
  readonly unit: string;
  readonly settings: string;
  readonly credentials: string;
  readonly environment: string;
}

export const placesOf = ({ etc }: Pick<SystemdMachine, 'etc'>, unit: string): Places => ({
  unit: join(etc, 'systemd', 'system', unit),
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
