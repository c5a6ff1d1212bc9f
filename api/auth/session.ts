/** Sessions of browsers: the cookie holds a signed random id, and the store who signed in with which token. */
import { createHash, randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie';
import { onStore } from '../../store/failures.ts';
import { SESSION_LIFETIME_MS, deleteSession, findSession, insertSession } from '../../store/queries/sessions.ts';
import type { AccessToken, ApiDeps, ApiEnv } from '../deps.ts';

export type SessionDeps = Pick<ApiDeps, 'cookieKey' | 'publicUrl' | 'tokens' | 'store'>;

const COOKIE = 'landfall_session';

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
const idOf = (presented: string): string => createHash('sha256').update(presented).digest('hex');

/** @throws `StoreUnavailable` */
export async function openSession(c: Context<ApiEnv>, deps: SessionDeps, token: AccessToken): Promise<void> {
  const value = randomBytes(32).toString('base64url');
  const session = { tokenName: token.name, fingerprint: fingerprint(token) };
  await onStore(() => insertSession(deps.store.db, idOf(value), session, new Date()));
  const { name, options } = cookie(deps);
  await setSignedCookie(c, name, value, deps.cookieKey.reveal(), { ...options, maxAge: SESSION_LIFETIME_MS / 1_000 });
}

/**
 * The token that the session was opened with, if it is still configured and the session has not ended.
 *
 * @throws `StoreUnavailable`
 */
export async function readSession(c: Context<ApiEnv>, deps: SessionDeps): Promise<AccessToken | undefined> {
  const value = await presented(c, deps);
  if (value === undefined) return undefined;
  const session = await onStore(() => findSession(deps.store.db, idOf(value), new Date()));
  return (
    session &&
    deps.tokens().find((token) => token.name === session.tokenName && fingerprint(token) === session.fingerprint)
  );
}

/** The cookie opens nothing afterwards, whoever kept a copy. @throws `StoreUnavailable` */
export async function closeSession(c: Context<ApiEnv>, deps: SessionDeps): Promise<void> {
  const value = await presented(c, deps);
  if (value !== undefined) await onStore(() => deleteSession(deps.store.db, idOf(value)));
  const { name, options } = cookie(deps);
  deleteCookie(c, name, options);
}

/** The signature is looked at first: a made-up cookie costs no query. */
async function presented(c: Context<ApiEnv>, deps: SessionDeps): Promise<string | undefined> {
  const value = await getSignedCookie(c, deps.cookieKey.reveal(), cookie(deps).name);
  return value === undefined || value === false || value === '' ? undefined : value;
}
