/**
 * Whether a name leads to our proxies, as the certificate authority will ask (RFC 8555, section 8.3): each failed try
 * costs one of the few that an authority allows, and its words say less than we can.
 */
import { randomBytes } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { request } from 'undici';
import { FailureType, failure } from '../../contracts/core/failures.ts';

const RESOLVE_MS = 5_000;
const ANSWER_MS = 10_000;
/** A token with the thumbprint behind it; nothing else is read. */
const MAX_ANSWER = 512;
/** More than behind any name that one proxy each serves. */
const MAX_ADDRESSES = 20;
const PATH = '/.well-known/acme-challenge/';

export interface ReachSettings {
  /** DNS servers, as `ADDRESS` or `ADDRESS:PORT`; the machine's own when absent. */
  readonly resolvers?: readonly string[];
  /** The port on which authorities ask: 80, but for a private one. */
  readonly port: number;
}

/** The outcome at one address of the name. */
type Answer = 'ours' | 'away' | { readonly other: string };

/**
 * Resolves when the name leads to proxies that answer with the thumbprint, at each of its addresses that can be reached
 * from here.
 *
 * @throws `NameElsewhere` that says which address answers what
 */
export async function assertLeadsHere(
  { resolvers, port }: ReachSettings,
  name: string,
  thumbprint: string,
  signal: AbortSignal,
): Promise<void> {
  const addresses = await resolve(name, resolvers);
  const token = randomBytes(16).toString('base64url');
  const asked = await Promise.all(
    addresses.map(async (address) => ({
      address,
      answer: await ask({ address, name, port, token, thumbprint }, signal),
    })),
  );
  const others = asked.flatMap(({ address, answer }) => (typeof answer === 'object' ? [{ address, ...answer }] : []));
  if (others.length > 0) {
    const words = others.map(({ address, other }) => `${address} ${other}`).join('; ');
    throw elsewhere(
      `${name} leads to something that is not a proxy of Landfall's with this name: ${words}. Its DNS records may name none but our hosts (or a load balancer that passes port ${port} on to them).`,
    );
  }
  if (!asked.some(({ answer }) => answer === 'ours')) {
    throw elsewhere(
      `${name} is at ${addresses.join(', ')}, and nothing there takes connections on port ${port} from here. Look at the firewall and at the hosts' proxies.`,
    );
  }
}

async function resolve(name: string, resolvers: readonly string[] | undefined): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: RESOLVE_MS, tries: 2 });
  if (resolvers) resolver.setServers([...resolvers]);
  const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  if (addresses.length > 0) return addresses.slice(0, MAX_ADDRESSES);
  const [code = ''] = found.flatMap((one) => (one.status === 'rejected' ? [codeOf(one.reason)] : []));
  const silent = code === 'ETIMEOUT' || code === 'ECONNREFUSED' || code === 'ESERVFAIL';
  throw elsewhere(
    silent
      ? `${name} could not be looked up: the DNS server did not answer (${code}). LANDFALL_ACME_RESOLVERS names others.`
      : `${name} does not resolve (${code || 'it has no address'}). Give it an A or AAAA record with the address of the host, or of each of its hosts.`,
  );
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | null)?.code ?? '';

interface Question {
  readonly address: string;
  readonly name: string;
  readonly port: number;
  readonly token: string;
  readonly thumbprint: string;
}

/** Redirects are not followed: our proxy answers before it redirects. */
async function ask({ address, name, port, token, thumbprint }: Question, signal: AbortSignal): Promise<Answer> {
  const host = isIPv6(address) ? `[${address}]` : address;
  try {
    const { statusCode, body } = await request(`http://${host}:${port}${PATH}${token}`, {
      headers: { host: port === 80 ? name : `${name}:${port}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    let text = '';
    for await (const part of body) {
      text += String(part);
      if (text.length > MAX_ANSWER) break;
    }
    if (statusCode === 200 && text.trim() === `${token}.${thumbprint}`) return 'ours';
    return { other: statusCode === 200 ? 'gave another answer to the challenge' : `answered ${String(statusCode)}` };
  } catch {
    signal.throwIfAborted();
    return 'away';
  }
}

const elsewhere = (message: string) => failure(FailureType.NameElsewhere, message);
