import type { Context } from 'hono';
import { isIP, type BlockList } from 'node:net';
import type { ApiEnv } from '../deps.ts';

/**
 * The client's address. Each proxy appends the address of its own client to `X-Forwarded-For`, so the list is read from
 * its end, and only as far as proxies that we trust wrote it: earlier entries could be made up.
 */
export function clientAddress(c: Context<ApiEnv>, trustedProxies: BlockList): string {
  const socket = c.env.incoming?.socket.remoteAddress ?? 'unknown';
  const hops = [...(c.req.header('x-forwarded-for') ?? '').split(',').map((hop) => hop.trim()), socket];
  const first = hops.findLastIndex((hop) => !isTrusted(trustedProxies, hop));
  const address = hops[Math.max(first, 0)] ?? socket;
  return isIP(address) === 0 ? socket : address;
}

/** An IPv4 address is found in its mapped form too (`::ffff:127.0.0.1`), as a dual-stack listener sees it. */
function isTrusted(trusted: BlockList, hop: string): boolean {
  const family = isIP(hop);
  return family !== 0 && trusted.check(hop, family === 6 ? 'ipv6' : 'ipv4');
}
