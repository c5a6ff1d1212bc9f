/**
 * Installation tokens, each for one repository and the permissions that one call needs (requirements, A1).
 *
 * `@octokit/auth-app` is not used: its request hook mints for every repository whatever its options, and cannot be
 * aborted.
 */
import { idText, type GitHubId } from '../../contracts/core/github-id.ts';
import type { Secret } from '../../contracts/core/secret.ts';
import { createAppClient, type AppCredentials } from './app-client.ts';
import { createMintToken, type Minted, type TokenScope } from './mint-token.ts';
import { readPrivateKey } from './private-key.ts';

export interface TokenBroker {
  /**
   * A token that is good for five minutes at least. Callers who ask at the same time share one request; a caller who
   * gives up does not end it for the others.
   * @throws `GitHub*` (contracts/core/failures.ts), or the signal's reason
   */
  token(scope: TokenScope, signal: AbortSignal): Promise<Secret>;
  /** Forgets a token that GitHub has refused. */
  forget(token: Secret): void;
  /** Forgets every token of an installation: it was removed or suspended, or its permissions have changed. */
  drop(installationId: GitHubId): void;
}

interface Entry {
  readonly installationId: GitHubId;
  readonly minted: Promise<Minted>;
  /** The result of `minted`; until then every caller waits for it. */
  known?: Minted;
}

/** Tokens live an hour. One that is handed out must last for what is done with it, such as a long clone. */
const RENEW_BEFORE_MS = 5 * 60_000;

/**
 * One broker serves one App on one host; within it, tokens are kept by installation, repository and permissions.
 *
 * @param credentials - the private key in any of the spellings that {@link readPrivateKey} takes
 * @param now - this machine's clock, in milliseconds since the epoch
 * @throws Error when the private key cannot be read
 */
export function createTokenBroker(credentials: AppCredentials, now: () => number = Date.now): TokenBroker {
  const app = createAppClient({ ...credentials, privateKey: readPrivateKey(credentials.privateKey) }, now);
  const mint = createMintToken(app, credentials.appId);
  const kept = new Map<string, Entry>();

  function renew(key: string, scope: TokenScope): Entry {
    const entry: Entry = { installationId: scope.installationId, minted: mint(scope) };
    kept.set(key, entry);
    entry.minted.then(
      (known) => void (entry.known = known),
      () => kept.get(key) === entry && kept.delete(key),
    );
    return entry;
  }

  return {
    async token(scope, signal) {
      signal.throwIfAborted();
      const key = keyOf(scope);
      const entry = kept.get(key);
      const usable = entry && (!entry.known || entry.known.expiresAt - now() > RENEW_BEFORE_MS);
      const { token } = await whileWanted((usable ? entry : renew(key, scope)).minted, signal);
      return token;
    },
    forget(token) {
      for (const [key, { known }] of kept) if (known?.token.reveal() === token.reveal()) kept.delete(key);
    },
    drop(installationId) {
      for (const [key, entry] of kept) if (idText(entry.installationId) === idText(installationId)) kept.delete(key);
    },
  };
}

function keyOf({ installationId, repositoryId, permissions }: TokenScope): string {
  const sorted = Object.entries(permissions).sort(([a], [b]) => a.localeCompare(b));
  return JSON.stringify([idText(installationId), idText(repositoryId), sorted]);
}

/** Resolves like `work`, unless the signal comes first. `work` itself goes on. */
async function whileWanted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
