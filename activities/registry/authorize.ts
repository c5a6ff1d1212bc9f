/**
 * Access to a registry: nothing, a password (RFC 7617), or a token from another server (Distribution, "Token
 * Authentication Specification"). GHCR, Docker Hub, Harbor and GitLab want a token.
 */
import { Buffer } from 'node:buffer';
import { request, type Dispatcher } from 'undici';
import { z } from 'zod';
import { failure, failureOf } from '../../contracts/core/failures.ts';
import { parseAnswer, readAnswer, REQUEST_MS } from './answer.ts';
import { registryFailure, unreachable } from './failures.ts';
import type { RegistryCredentials } from './logins.ts';

interface AuthorizerOptions {
  readonly address: string;
  /** True when the registry itself is used without TLS. */
  readonly insecure: boolean;
  readonly credentials: () => RegistryCredentials | undefined;
}

/** The request that was refused. */
interface Asked {
  /** {@link scopeOf}: what a kept token is found again by. */
  readonly scope: string;
  /** For messages. */
  readonly what: string;
}

interface Challenge {
  readonly scheme: 'basic' | 'bearer';
  readonly parameters: Readonly<Record<string, string>>;
}

const TokenAnswer = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().optional(),
});

/** Distribution's own default, for servers that do not say. */
const TOKEN_S = 60;
/** A token is not used in its last seconds: the request may take as long to arrive. */
const MARGIN_S = 10;
/** Tokens for that many repositories are kept. */
const MOST_TOKENS = 1_000;

export function createAuthorizer({ address, insecure, credentials }: AuthorizerOptions) {
  const tokens = new Map<string, { readonly value: string; readonly until: number }>();
  let wantsBasic = false;

  async function token({ parameters }: Challenge, { scope, what }: Asked, signal: AbortSignal): Promise<string> {
    const url = realmOf(parameters['realm'], address, insecure);
    for (const name of ['service', 'scope']) {
      const value = parameters[name];
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const login = credentials();
    const asking = `GET ${url.origin}${url.pathname} (the token for ${what})`;
    try {
      const answer = await request(url, {
        headers: login ? { authorization: basic(login) } : {},
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
      });
      const body = await readAnswer(answer.body);
      if (answer.statusCode !== 200) throw registryFailure(asking, Math.max(answer.statusCode, 400), body);
      return keep(scope, body);
    } catch (error) {
      signal.throwIfAborted();
      throw failureOf(error) ? error : unreachable(asking, error);
    }
  }

  function keep(scope: string, body: Buffer): string {
    const answer = TokenAnswer.safeParse(parseAnswer(body));
    const value = answer.data?.token ?? answer.data?.access_token;
    if (value === undefined || value === '') {
      throw failure(
        'RegistryRefused',
        `The token server of ${address} gave no token. Check what stands in front of the registry.`,
      );
    }
    const seconds = (answer.data?.expires_in ?? TOKEN_S) - MARGIN_S;
    if (tokens.size >= MOST_TOKENS) tokens.clear();
    if (seconds > 0) tokens.set(scope, { value, until: Date.now() + seconds * 1_000 });
    return value;
  }

  return {
    /** The header that the registry is already known to want. @param scope - named by {@link scopeOf} */
    known(scope: string): string | undefined {
      const login = wantsBasic ? credentials() : undefined;
      if (login) return basic(login);
      const kept = tokens.get(scope);
      return kept && kept.until > Date.now() ? `Bearer ${kept.value}` : undefined;
    },

    /**
     * The answer to a 401, for one more try; `undefined` when there is none to give.
     *
     * @throws `RegistryUnavailable` (retryable), `RegistryRefused`
     */
    async answer(
      headers: Dispatcher.ResponseData['headers'],
      asked: Asked,
      signal: AbortSignal,
    ): Promise<string | undefined> {
      const challenges = challengesOf(headers['www-authenticate']);
      const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
      if (bearer) return `Bearer ${await token(bearer, asked, signal)}`;
      const login = challenges.length > 0 ? credentials() : undefined;
      wantsBasic = login !== undefined;
      return login && basic(login);
    },
  };
}

/** A token's purpose. Registries name scopes in orders of their own, so tokens are kept under this one. */
export const scopeOf = (name: string, changes: boolean): string =>
  `repository:${name}:${changes ? 'pull,push' : 'pull'}`;

/** Challenges and their parameters, quoted or not (RFC 9110, 11.6.1). */
export function challengesOf(header: string | readonly string[] | undefined): readonly Challenge[] {
  const text = [header ?? []].flat().join(', ');
  const found: { scheme: string; parameters: Record<string, string> }[] = [];
  for (const [, scheme, name, quoted, plain] of text.matchAll(
    /(?:(?:^|,)\s*([A-Za-z][A-Za-z0-9-]*)(?=\s+[A-Za-z]|\s*$|\s*,)|([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))/g,
  )) {
    if (scheme !== undefined) found.push({ scheme: scheme.toLowerCase(), parameters: {} });
    const last = found.at(-1);
    if (name !== undefined && last)
      last.parameters[name.toLowerCase()] = (quoted ?? plain ?? '').replaceAll(/\\(.)/g, '$1');
  }
  return found.flatMap(({ scheme, parameters }) =>
    scheme === 'basic' || scheme === 'bearer' ? [{ scheme, parameters }] : [],
  );
}

/** The password goes there, so it has to be at least as safe a place as the registry. */
function realmOf(realm: string | undefined, address: string, insecure: boolean): URL {
  const url = realm !== undefined && URL.canParse(realm) ? new URL(realm) : undefined;
  const safe = url?.protocol === 'https:' || (insecure && url?.protocol === 'http:');
  if (url && safe && url.username === '') return url;
  throw failure(
    'RegistryRefused',
    `The registry ${address} names no safe place to get a token (${JSON.stringify((realm ?? '').slice(0, 200))}). ` +
      'Correct its auth settings: the realm has to be an https address.',
  );
}

function basic({ user, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${user}:${password.reveal()}`).toString('base64')}`;
}
