/** Finds the Landfall that a command speaks to, and the token for it. */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CliError, codeOf } from './cli-error.ts';
import type { CommandContext } from './context.ts';
import { baseFolder, dataDir, localAccess } from './data-dir.ts';
import { jsonOf } from '../contracts/core/json.ts';
import { Secret } from '../contracts/core/secret.ts';

export interface Access {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: Secret;
}

const StoredAccess = z.strictObject({ url: z.url({ protocol: /^https?$/ }), token: z.string().min(1) });

/** `$XDG_CONFIG_HOME/landfall/access.json`, as `landfall login` writes it. */
const accessFile = (context: CommandContext): string =>
  join(baseFolder(context, 'XDG_CONFIG_HOME', '.config'), 'landfall', 'access.json');

/** Checks and tidies an address as a person types it. @throws CliError */
export function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new CliError(
      'Read the address of Landfall',
      `"${text}" is not a usable address`,
      'Use one such as https://landfall.example.org or http://127.0.0.1:8080, without user name or password.',
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/**
 * LANDFALL_URL and LANDFALL_TOKEN first, then what `login` stored, then a `landfall up` on this machine. A stored
 * token goes to the server it was stored for and to no other; LANDFALL_TOKEN goes to LANDFALL_URL, or to the server of the
 * login, and nowhere else.
 *
 * @throws CliError when there is no address or no token for it.
 */
export async function findAccess(context: CommandContext): Promise<Access> {
  const envUrl = context.env['LANDFALL_URL'] ? serverUrl(context.env['LANDFALL_URL']) : undefined;
  const envToken = context.env['LANDFALL_TOKEN'];
  if (envUrl && envToken) return { url: envUrl, token: new Secret(envToken) };

  const stored = await storedAccess(context);
  if (envToken && stored) return { url: stored.url, token: new Secret(envToken) };
  if (envToken) throw noAccess('LANDFALL_TOKEN is set, but LANDFALL_URL is not');

  const local = async () => localAccess(dataDir(context));
  if (envUrl) {
    // A local Landfall that cannot be looked at is no reason to refuse a server that was logged in to.
    const found = stored?.url === envUrl ? stored : await local();
    if (found?.url !== envUrl) throw noAccess(`there is no access token for ${envUrl}`);
    return { url: envUrl, token: new Secret(found.token) };
  }
  const found = stored ?? (await local());
  if (!found) throw noAccess('there is neither address nor access token');
  return { url: found.url, token: new Secret(found.token) };
}

const noAccess = (why: string): CliError =>
  new CliError(
    'Look for the Landfall to speak to',
    why,
    'Run `landfall login URL`, or set LANDFALL_URL and LANDFALL_TOKEN, or start one here with `landfall up`.',
  );

async function storedAccess(context: CommandContext): Promise<z.infer<typeof StoredAccess> | undefined> {
  const file = accessFile(context);
  const what = `Read ${file}`;
  let text: string;
  try {
    // Group and others may not read a token; the owner's own bits do not matter.
    if (((await stat(file)).mode & 0o077) !== 0) {
      throw new CliError(what, 'other users of this machine may read the token in it', `Run \`chmod 600 ${file}\`.`);
    }
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = StoredAccess.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new CliError(what, 'it is not what `landfall login` writes', 'Run `landfall login URL` again.');
}

/** Stores an address and its token, readable by the owner only from its first byte, replacing what was there at once. */
export async function storeAccess(context: CommandContext, { url, token }: Access): Promise<string> {
  const file = accessFile(context);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${String(process.pid)}`;
  await writeFile(fresh, `${JSON.stringify({ url, token: token.reveal() })}\n`, { mode: 0o600, flag: 'wx' });
  await rename(fresh, file);
  return file;
}
