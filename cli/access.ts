/** Finds the Landfall that a command speaks to, and the token for it. */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CliError, codeOf } from './cli-error.ts';
import type { CommandContext } from './context.ts';
import { baseFolder, dataDir, localAccess, tokensFile } from './data-dir.ts';
import { jsonOf } from '../contracts/core/json.ts';
import { Secret } from '../contracts/core/secret.ts';

export interface Access {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: Secret;
  readonly from: TokenSource;
  /** The command that it is for: errors begin with it. */
  readonly wanted: string;
}

/** The place that a token was found at. */
interface TokenSource {
  /** Goes on after "the access token": `of LANDFALL_TOKEN`. */
  readonly words: string;
  /** For a person whose token is refused. */
  readonly todo: string;
}

export const TYPED: TokenSource = {
  words: 'that was given',
  todo: 'Give a current one: the person who runs that Landfall has it, or makes it.',
};
const FROM_ENVIRONMENT: TokenSource = {
  words: 'of LANDFALL_TOKEN',
  todo: 'Set LANDFALL_TOKEN to a current one, or unset it to use what `landfall login` stored.',
};
const fromLogin = (file: string, url: string): TokenSource => ({
  words: `that \`landfall login\` stored in ${file}`,
  todo: `Run \`landfall login ${url}\` with a current one, or remove ${file} to use the token of a \`landfall up\` on this machine.`,
});
const fromFolder = (dir: string): TokenSource => ({
  words: `in ${tokensFile(dir)}`,
  todo: `Another Landfall may answer there than that of ${dir}: \`landfall login URL\` stores a token for it.`,
});

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
  const { wanted } = context;
  const of = (url: string, token: string, from: TokenSource): Access => ({
    url,
    token: new Secret(token),
    from,
    wanted,
  });
  if (envUrl && envToken) return of(envUrl, envToken, FROM_ENVIRONMENT);

  const stored = await storedAccess(context);
  if (envToken && stored) return of(stored.url, envToken, FROM_ENVIRONMENT);
  if (envToken) throw noAccess('LANDFALL_TOKEN is set, but LANDFALL_URL is not');

  // A local Landfall that cannot be looked at is no reason to refuse a server that was logged in to.
  if (stored && (envUrl === undefined || stored.url === envUrl)) {
    return of(stored.url, stored.token, fromLogin(accessFile(context), stored.url));
  }
  const dir = dataDir(context);
  const local = await localAccess(dir);
  if (envUrl !== undefined && local?.url !== envUrl) throw noAccess(`there is no access token for ${envUrl}`);
  if (!local) throw noAccess('there is neither address nor access token');
  return of(local.url, local.token, fromFolder(dir));
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
export async function storeAccess(
  context: CommandContext,
  { url, token }: Pick<Access, 'url' | 'token'>,
): Promise<string> {
  const file = accessFile(context);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${String(process.pid)}`;
  await writeFile(fresh, `${JSON.stringify({ url, token: token.reveal() })}\n`, { mode: 0o600, flag: 'wx' });
  await rename(fresh, file);
  return file;
}
