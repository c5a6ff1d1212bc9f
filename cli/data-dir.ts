/** The folder where `landfall up` keeps its data, and where the other commands look for a Landfall on this machine. */
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { accountNamed } from '../infra/dev/accounts.ts';
import { CliError, codeOf } from './cli-error.ts';
import type { CommandContext } from './context.ts';

/**
 * `--data-dir`, LANDFALL_DATA_DIR, or the XDG state folder; root's is `/var/lib/landfall`. The working folder is never looked into: a cloned repository
 * could hold an address and tokens of its own.
 *
 * @throws CliError for a LANDFALL_DATA_DIR that is relative, because every folder would give it another meaning.
 */
export function dataDir(context: CommandContext, option?: string): string {
  if (option !== undefined && option !== '') return resolve(context.cwd, option);
  const given = context.env['LANDFALL_DATA_DIR'];
  if (given === undefined || given === '') {
    // Root's home is closed to the account that the database runs as.
    if (isRootAtHome(context)) return SYSTEM_DATA_DIR;
    return join(baseFolder(context, 'XDG_STATE_HOME', join('.local', 'state')), 'landfall');
  }
  if (isAbsolute(given)) return given;
  throw new CliError(
    'Find the data folder',
    `LANDFALL_DATA_DIR is "${given}", which depends on the folder that the command is run in`,
    `Set it to a whole path, such as ${resolve(context.cwd, given)}, or use --data-dir.`,
  );
}

/** The place for data of services that root runs (hier(7)). */
export const SYSTEM_DATA_DIR = '/var/lib/landfall';

const isRootAtHome = ({ home, env }: CommandContext): boolean =>
  process.getuid?.() === 0 && home === accountNamed('root')?.home && !env['XDG_STATE_HOME'];

/** A folder of the XDG Base Directory Specification, which says that relative paths are to be ignored. */
export function baseFolder(
  context: CommandContext,
  variable: 'XDG_STATE_HOME' | 'XDG_CONFIG_HOME',
  usual: string,
): string {
  const given = context.env[variable] ?? '';
  return isAbsolute(given) ? given : join(context.home, usual);
}

/** Lines `name:token`; readable by its owner only. */
export const tokensFile = (dir: string): string => join(dir, 'tokens');
/** Holds the address of the running `landfall up`, which writes it at its start. */
export const addressFile = (dir: string): string => join(dir, 'address');

/**
 * Address and first token of a Landfall that `up` started on this machine, if there is one.
 *
 * @throws CliError when another user could have written them.
 */
export async function localAccess(dir: string): Promise<{ url: string; token: string } | undefined> {
  const [address, tokens] = await Promise.all([read(addressFile(dir)), read(tokensFile(dir))]);
  const token = tokens?.split('\n')[0]?.split(':')[1];
  if (!address || !token) return undefined;
  await assertOurs(dir);
  return { url: address.trim(), token: token.trim() };
}

/**
 * Another user's folder holds addresses, tokens and keys of that user's choosing. Root may use everybody's.
 *
 * @throws CliError when the folder is another user's, or others may write into it.
 */
export async function assertOurs(dir: string): Promise<void> {
  const { uid, mode } = await stat(dir);
  const me = process.getuid?.();
  if (me !== undefined && me !== 0 && uid !== me) {
    throw new CliError(`Use ${dir}`, 'it belongs to another user', 'Name a folder of your own with --data-dir.');
  }
  if ((mode & 0o022) !== 0) {
    throw new CliError(`Use ${dir}`, 'other users of this machine may write into it', `Run \`chmod 700 ${dir}\`.`);
  }
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    // Not there: no Landfall here. Not ours to read: as good as not there.
    if (['ENOENT', 'EACCES'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}
