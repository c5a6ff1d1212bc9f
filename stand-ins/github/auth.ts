/** Identifies the caller: the App itself by JWT, or an installation by token. Messages are GitHub's own. */
import type { GitHubId } from '../../contracts/core/github-id.ts';
import { createVerify, randomBytes } from 'node:crypto';
import { GitHubError } from './errors.ts';
import {
  type Installation,
  type Permissions,
  type Repository,
  type State,
  type Token,
  installationOf,
  now,
} from './state.ts';

export type Caller =
  | { readonly kind: 'app' }
  | { readonly kind: 'installation'; readonly token: Token }
  | { readonly kind: 'nobody' };

type Needed = readonly [permission: string, level: 'read' | 'write'];

/** An operation's requirement: `app`, `anyone`, a permission and its level, or one of several. */
export type Needs = 'app' | 'anyone' | Needed | { readonly oneOf: readonly Needed[] };

const TOKEN_LIFETIME_MS = 3_600_000;
/** GitHub refuses a JWT that lives longer (docs, "Generating a JSON Web Token"). */
const MAX_JWT_SECONDS = 600;

/** Reads the `Authorization` header. Throws GitHub's 401 when its credential is unknown. */
export function authenticate(state: State, header: string | undefined): Caller {
  const credential = /^(?:bearer|token) (\S+)$/i.exec(header ?? '')?.[1];
  if (credential === undefined) return { kind: 'nobody' };
  if (credential.split('.').length === 3) {
    verifyJwt(state, credential);
    return { kind: 'app' };
  }
  return { kind: 'installation', token: findToken(state, credential) };
}

/** The installation token with this value, unless it has expired or was revoked. */
export function findToken(state: State, value: string): Token {
  const token = state.tokens.get(value);
  if (!token || token.expiresAt <= now(state)) throw new GitHubError(401, 'Bad credentials');
  return token;
}

export function mintToken(
  state: State,
  { id }: Installation,
  permissions: Permissions,
  repositoryIds: readonly GitHubId[] | null,
): Token & { readonly value: string } {
  const value = `ghs_${randomBytes(18).toString('hex')}`;
  const token = { installationId: id, permissions, repositoryIds, expiresAt: now(state) + TOKEN_LIFETIME_MS };
  state.tokens.set(value, token);
  return { ...token, value };
}

/** True when the token reaches the repository at all; otherwise GitHub answers 404, to hide that it exists. */
export function reaches(state: State, token: Token, repository: Repository): boolean {
  return (
    installationOf(state, repository)?.id === token.installationId &&
    (token.repositoryIds === null || token.repositoryIds.includes(repository.id))
  );
}

export function permits(permissions: Permissions, [permission, level]: readonly [string, 'read' | 'write']): boolean {
  const have = permissions[permission];
  return have === 'write' || have === level;
}

/** Refuses a caller who may not do this, the way GitHub does. */
export function authorize(state: State, caller: Caller, needs: Needs, repository: Repository | undefined): void {
  if (needs === 'anyone') return;
  if (caller.kind === 'nobody') throw new GitHubError(401, 'Requires authentication');
  if (needs === 'app') {
    if (caller.kind !== 'app') throw new GitHubError(401, 'A JSON web token could not be decoded');
    return;
  }
  if (caller.kind !== 'installation') throw new GitHubError(403, 'Resource not accessible by integration');
  if (state.installations.get(caller.token.installationId)?.suspended) {
    throw new GitHubError(403, 'This installation has been suspended');
  }
  if (repository && !reaches(state, caller.token, repository)) throw new GitHubError(404, 'Not Found');
  const ways = 'oneOf' in needs ? needs.oneOf : [needs];
  if (!ways.some((way) => permits(caller.token.permissions, way))) {
    throw new GitHubError(403, 'Resource not accessible by integration', {
      headers: { 'x-accepted-github-permissions': ways.map((way) => way.join('=')).join('; ') },
    });
  }
}

function verifyJwt(state: State, jwt: string): void {
  const [head = '', body = '', signature = ''] = jwt.split('.');
  const undecodable = new GitHubError(401, 'A JSON web token could not be decoded');
  const verifier = createVerify('RSA-SHA256').update(`${head}.${body}`);
  if (!verifier.verify(state.publicKey, signature, 'base64url')) throw undecodable;
  const { alg } = decode(head);
  const { exp, iat, iss } = decode(body);
  if (alg !== 'RS256') throw undecodable;

  const at = Math.floor(now(state) / 1000);
  if (typeof exp !== 'number' || exp <= at) {
    throw new GitHubError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > at + MAX_JWT_SECONDS)
    throw new GitHubError(401, "'Expiration time' claim ('exp') is too far in the future");
  if (typeof iat !== 'number' || iat > at) {
    throw new GitHubError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (String(iss) !== String(state.appId)) throw new GitHubError(404, 'Integration not found');
}

function decode(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
}
