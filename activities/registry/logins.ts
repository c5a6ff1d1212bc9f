/** Names and passwords for registries, from files as `docker login` and `podman login` write them (containers-auth.json(5)). */
import { Buffer } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { failure } from '../../contracts/core/failures.ts';
import { jsonOf } from '../../contracts/core/json.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { registryNamed } from './reference.ts';

export interface RegistryCredentials {
  readonly user: string;
  readonly password: Secret;
}

export interface RegistryLogins {
  /**
   * For a registry, or an image in it: the entry with the longest name that it begins with.
   *
   * @param reference - with its registry: `fullName` of an image
   */
  of(reference: string): RegistryCredentials | undefined;
  all(): Readonly<Record<string, RegistryCredentials>>;
}

export const NO_LOGINS: RegistryLogins = { of: () => undefined, all: () => ({}) };

export const loginsOf = (entries: Readonly<Record<string, RegistryCredentials>>): RegistryLogins => ({
  of: (reference) => longest(entries, reference),
  all: () => entries,
});

const Entry = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});
const AuthFile = z.object({
  auths: z.record(z.string(), Entry).default({}),
  credHelpers: z.record(z.string(), z.string()).optional(),
  credsStore: z.string().optional(),
});

/**
 * Reads the files now, and again when one has changed: passwords of registries may last for hours only.
 *
 * @param paths - of two entries for one registry the first file's counts
 * @throws Error that names the file and what is wrong with it, never what it says
 */
export function readLogins(paths: readonly string[]): RegistryLogins {
  const versions = () => paths.map((path) => stateOf(path)).join();
  let seen = versions();
  let entries = readAll(paths);
  const current = () => {
    const now = versions();
    if (now === seen) return entries;
    try {
      entries = readAll(paths);
    } catch (error) {
      throw failure('RegistryUnavailable', `${(error as Error).message} It will be tried again.`);
    }
    seen = now;
    return entries;
  };
  return { of: (reference) => longest(current(), reference), all: current };
}

/** `missing` is a state, too: a file may be replaced. */
function stateOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? 'missing' : `${stats.ino}.${stats.mtimeMs}.${stats.size}`;
}

function readAll(paths: readonly string[]): Record<string, RegistryCredentials> {
  return Object.assign({}, ...paths.toReversed().map(readOne)) as Record<string, RegistryCredentials>;
}

function readOne(path: string): Record<string, RegistryCredentials> {
  const { auths, credHelpers, credsStore } = parse(path);
  const entries = Object.entries(auths).flatMap(([name, entry]) => {
    const credentials = credentialsOf(path, name, entry);
    return credentials === undefined ? [] : [[normal(name), credentials] as const];
  });
  if (entries.length > 0) return Object.fromEntries(entries);
  const helper = credHelpers !== undefined || credsStore !== undefined;
  throw new Error(
    `${path} holds no password for a registry${helper ? ': it names a credential helper, which Landfall does not run' : ''}. ` +
      'Write one with "podman login --authfile".',
  );
}

function parse(path: string): z.infer<typeof AuthFile> {
  let text: string;
  try {
    // Others' read bit would let every account of this machine, a build's too, push to the registry.
    if ((statSync(path).mode & 0o004) !== 0) throw new Error(`others on this machine may read it: chmod 600 ${path}`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`Could not read the registry's passwords from ${path}: ${code ?? message}.`);
  }
  const file = AuthFile.safeParse(jsonOf(text));
  if (file.success) return file.data;
  throw new Error(
    `${path} is no file of registry passwords: use JSON such as {"auths": {"registry.example.com": {"auth": "…"}}}.`,
  );
}

function credentialsOf(path: string, name: string, entry: z.infer<typeof Entry>): RegistryCredentials | undefined {
  const { auth, username, password, identitytoken } = entry;
  const text = auth === undefined ? '' : Buffer.from(auth, 'base64').toString('utf8');
  const at = text.indexOf(':');
  const pair =
    username !== undefined && username !== '' && password !== undefined
      ? { user: username, word: password }
      : { user: text.slice(0, Math.max(at, 0)), word: text.slice(at + 1) };
  // Beside a token of a session Docker writes the user with an empty password.
  const isToken = identitytoken !== undefined && pair.word === '';
  if (pair.user !== '' && !isToken) return { user: pair.user, password: new Secret(pair.word) };
  if (identitytoken === undefined && auth === undefined) return undefined;
  throw new Error(
    `${path}: the entry of ${name} is not user and password ("auth": base64 of USER:PASSWORD). Log in with a password or an access token.`,
  );
}

/** Docker writes its own registry as a URL of its old API. */
function normal(name: string): string {
  const bare = name
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\/?$/, '')
    .replace(/\/$/, '');
  return registryNamed(bare);
}

function longest(
  entries: Readonly<Record<string, RegistryCredentials>>,
  reference: string,
): RegistryCredentials | undefined {
  // A tag stands after the last slash; what stands there without a slash is a port.
  const parts = reference
    .replace(/@.*$/, '')
    .replace(/(\/[^/:]+):[^/]*$/, '$1')
    .split('/');
  for (let length = parts.length; length > 0; length -= 1) {
    const name = parts.slice(0, length).join('/');
    if (Object.hasOwn(entries, name)) return entries[name];
  }
  return undefined;
}
