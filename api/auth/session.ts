/** Signed session cookies: who signed in, until when. Nothing is kept on the server. */
import type { Context } from 'hono';
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie';
import type { AccessToken, ApiDeps, ApiEnv } from '../deps.ts';

type SessionDeps = Pick<ApiDeps, 'cookieKey' | 'publicUrl' | 'tokens'>;

const COOKIE = 'landfall_session';
/** Long enough not to annoy, short enough for a forgotten browser. */
const LIFETIME_S = 7 * 24 * 3600;

function cookie({ publicUrl }: SessionDeps) {
  const secure = publicUrl.startsWith('https:');
  return {
    // `__Host-` binds the cookie to this very origin; browsers accept it over https only (RFC 6265bis, 4.1.3).
    name: secure ? `__Host-${COOKIE}` : COOKIE,
    options: { path: '/', httpOnly: true, sameSite: 'Lax', secure },
  } as const;
}

/** Part of the token's hash: replacing a token under the same name ends its sessions. */
const fingerprint = (token: AccessToken): string => token.sha256.slice(0, 16);

export async function openSession(c: Context<ApiEnv>, deps: SessionDeps, token: AccessToken): Promise<void> {
  const expires = Math.floor(Date.now() / 1000) + LIFETIME_S;
  const value = [expires, fingerprint(token), token.name].join('.');
  const { name, options } = cookie(deps);
  await setSignedCookie(c, name, value, deps.cookieKey.reveal(), { ...options, maxAge: LIFETIME_S });
}

/** The token that the session was opened with, if it is still configured and the session has not expired. */
export async function readSession(c: Context<ApiEnv>, deps: SessionDeps): Promise<AccessToken | undefined> {
  const value = await getSignedCookie(c, deps.cookieKey.reveal(), cookie(deps).name);
  const [, expires, print, name] = /^(\d{1,12})\.([0-9a-f]{16})\.(.{1,100})$/.exec(value || '') ?? [];
  if (expires === undefined || Number(expires) * 1000 <= Date.now()) return undefined;
  return deps.tokens.find((token) => token.name === name && fingerprint(token) === print);
}

export function closeSession(c: Context<ApiEnv>, deps: SessionDeps): void {
  const { name, options } = cookie(deps);
  deleteCookie(c, name, options);
}
