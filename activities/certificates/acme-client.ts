/**
 * The npm package `acme-client` with what it lacks: a limit for each request and a cancel that reaches it, certificate
 * authorities of one's own, and errors that keep the authority's word (RFC 8555, section 6.7). It is loaded when the
 * first certificate is due: most processes need none.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { Client, CryptoInterface, axios } from 'acme-client';
import type { Secret } from '../../contracts/core/secret.ts';
import { acmeProblemOf } from './problems.ts';

/** Let's Encrypt takes a second or two; one that is slow is asked again later. */
const REQUEST_MS = 30_000;
/** A chain of certificates is a few kB. */
const MAX_ANSWER = 256 * 1_024;

export interface AuthoritySettings {
  /** The address of its directory. */
  readonly directory: string;
  /** PEM: further roots by which its own address is trusted. */
  readonly roots?: string;
  /** External account binding (RFC 8555, section 7.3.4): what ties the account to one that was made by hand. */
  readonly binding?: { readonly keyId: string; readonly key: Secret };
  /** The limit of each request, in milliseconds: half a minute when absent. */
  readonly requestMs?: number;
}

interface Within {
  readonly timeout: number;
  readonly agent: Agent;
  readonly signal: AbortSignal;
}

const within = new AsyncLocalStorage<Within>();
interface Library {
  readonly Client: typeof Client;
  readonly crypto: CryptoInterface;
  readonly axios: typeof axios;
}

let loading: Promise<Library> | undefined;

async function load(): Promise<Library> {
  const acme = await import('acme-client');
  const { defaults, interceptors } = acme.axios;
  // Temporal repeats what fails: without end, seen by people, and with the waits that the authority asks for.
  Object.assign(defaults, { acmeSettings: { retryMaxAttempts: 0, retryDefaultDelay: 1 } });
  Object.assign(defaults, { maxRedirects: 0, maxContentLength: MAX_ANSWER });
  interceptors.request.use((config) => {
    const { agent: httpsAgent, signal, timeout } = within.getStore() ?? {};
    return Object.assign(config, httpsAgent && { httpsAgent, signal, timeout });
  });
  interceptors.response.use((answer) => {
    const problem = acmeProblemOf(answer);
    // The client repeats this one itself, with the nonce that it came with.
    if (problem && problem.type !== 'badNonce') throw problem;
    return answer;
  });
  return acme;
}

export interface Acme {
  readonly client: Client;
  readonly crypto: CryptoInterface;
  /** Runs calls of the client. Throws `AcmeProblem`, or the error of a connection. */
  call<T>(work: () => Promise<T>): Promise<T>;
}

/** A client of one account. Nothing is sent yet. */
export async function openAcme(
  { directory, roots, binding, requestMs = REQUEST_MS }: AuthoritySettings,
  accountKey: Secret,
  signal: AbortSignal,
): Promise<Acme> {
  const acme = await (loading ??= load());
  const client = new acme.Client({
    directoryUrl: directory,
    accountKey: accountKey.reveal(),
    ...(binding && { externalAccountBinding: { kid: binding.keyId, hmacKey: binding.key.reveal() } }),
  });
  const agent = new Agent(roots === undefined ? {} : { ca: [...rootCertificates, roots] });
  return { client, crypto: acme.crypto, call: (work) => within.run({ agent, signal, timeout: requestMs }, work) };
}
