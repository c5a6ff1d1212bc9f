/**
 * The password of the registry that Landfall starts itself: made once, known to Landfall and to those who may read its
 * folder.
 */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { compare, hash } from 'bcryptjs';
import { z } from 'zod';
import { CliError, codeOf } from '../cli-error.ts';
import { jsonOf } from '../../contracts/core/json.ts';

const USER = 'landfall';
/** The password is 256 random bits, and is checked with every request: guessing it is no matter of time for each guess. */
const BCRYPT_COST = 4;

const AuthFile = z.object({ auths: z.record(z.string(), z.object({ auth: z.string() })) });

/**
 * Writes `file` unless it is there, in the form that `podman login` writes (containers-auth.json(5)).
 *
 * @param before - the registry's htpasswd line until now, which stays when it fits
 * @returns the registry's htpasswd line
 * @throws CliError when the file is there and holds something else
 */
export async function ensureRegistryLogin(file: string, address: string, before?: string): Promise<string> {
  const password = (await keptPassword(file, address)) ?? randomBytes(32).toString('base64url');
  const auth = Buffer.from(`${USER}:${password}`).toString('base64');
  await writeFile(file, `${JSON.stringify({ auths: { [address]: { auth } } }, null, 2)}\n`, { mode: 0o600 });
  const [, hashed] = /^landfall:(\S+)\n$/.exec(before ?? '') ?? [];
  if (before !== undefined && hashed !== undefined && (await compare(password, hashed))) return before;
  return `${USER}:${await hash(password, BCRYPT_COST)}\n`;
}

/** The registry may listen on another port than before: its password stays. */
async function keptPassword(file: string, address: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = AuthFile.safeParse(jsonOf(text));
  const entry = parsed.data?.auths[address] ?? Object.values(parsed.data?.auths ?? {})[0];
  const [, password] = /^landfall:(.+)$/.exec(Buffer.from(entry?.auth ?? '', 'base64').toString()) ?? [];
  if (password !== undefined) return password;
  throw new CliError(
    `Read ${file}`,
    'it is not what Landfall writes',
    'Remove it: a new password is made at the next start.',
  );
}
