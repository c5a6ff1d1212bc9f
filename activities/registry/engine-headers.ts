/** Podman gets a registry's password for one call in a header, which it keeps in no log and no image. */
import { Buffer } from 'node:buffer';
import type { RegistryCredentials, RegistryLogins } from './logins.ts';
import { fullName } from './reference.ts';

/**
 * The header for a push or pull of one image (docs.podman.io, `X-Registry-Auth`). It names the registry: a bare entry
 * would be sent to any registry that an image's name leads to.
 */
export function pullHeaders(logins: RegistryLogins, reference: string): Readonly<Record<string, string>> {
  const name = fullName(reference);
  const credentials = logins.of(name);
  const [host = ''] = name.split('/');
  return credentials === undefined ? {} : { 'x-registry-auth': encoded({ [host]: credentials }) };
}

/** For a build, whose images may be of any registry (`X-Registry-Config`). Its steps see nothing of it. */
export function buildHeaders(logins: RegistryLogins): Readonly<Record<string, string>> {
  const all = logins.all();
  return Object.keys(all).length === 0 ? {} : { 'x-registry-config': encoded(all) };
}

/** URL-safe, with its padding, as Go's `base64.URLEncoding` reads it. */
function encoded(entries: Readonly<Record<string, RegistryCredentials>>): string {
  const shown = Object.entries(entries).map(([name, { user, password }]) => [
    name,
    { username: user, password: password.reveal() },
  ]);
  return Buffer.from(JSON.stringify(Object.fromEntries(shown)))
    .toString('base64')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}
