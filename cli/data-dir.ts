/** Where `landfall up` keeps its data, and where the other commands look for a Landfall on this machine. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { codeOf } from './cli-error.ts';
import type { Context } from './context.ts';

/**
 * `--data-dir`, LANDFALL_DATA_DIR, `./.landfall` when there is one, or the XDG state folder
 * (XDG Base Directory Specification, XDG_STATE_HOME).
 */
export function dataDir(context: Context, option?: string): string {
  const given = option ?? context.env['LANDFALL_DATA_DIR'];
  if (given !== undefined && given !== '') return resolve(context.cwd, given);
  const here = join(context.cwd, '.landfall');
  if (existsSync(here)) return here;
  return join(context.env['XDG_STATE_HOME'] || join(context.home, '.local', 'state'), 'landfall');
}

/** Lines `name:token`; readable by its owner only. */
export const tokensFile = (dir: string): string => join(dir, 'tokens');
/** Where the running `landfall up` answers. Written at its start. */
export const addressFile = (dir: string): string => join(dir, 'address');

/** Address and first token of a Landfall that `up` started on this machine, if there is one. */
export async function localAccess(dir: string): Promise<{ url: string; token: string } | undefined> {
  const [address, tokens] = await Promise.all([read(addressFile(dir)), read(tokensFile(dir))]);
  const token = tokens?.split('\n')[0]?.split(':')[1];
  return address && token ? { url: address.trim(), token: token.trim() } : undefined;
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
