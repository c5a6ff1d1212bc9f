/** The limits of clients and the headers that they are believed: lines of HAProxy's configuration for every frontend of ours. */
import type { ProxySettings } from '../../../../contracts/config/host.ts';

export type ClientLimits = Pick<ProxySettings, 'connectionsPerClient' | 'trustedProxies'>;

/** Beyond what an office behind one address opens, and a fraction of what the whole proxy takes. */
const USUAL_CONNECTIONS = 1_000;
/** Entries of the table: some 10 MB when it is full; then the oldest idle one goes. */
const TABLE = 'stick-table type ipv6 size 100k expire 2m store conn_cur';

/** Counts each client's connections to all frontends together. A reload begins again at none. */
export const clientTable = `backend landfall-clients from landfall\n  ${TABLE}\n`;

const TRUSTED = 'landfall-trusted';

/**
 * The lines of one frontend. A client is one IPv4 address, or a /64 of IPv6, which is what one customer is given. Its
 * connections above the limit are closed at once. The names under which proxies tell a service about the client are
 * ours to set: those that a client sends are dropped, also in the spelling that CGI takes for the same (`X_Forwarded_For`).
 * A trusted proxy is not limited, and what it says stays.
 */
export function clientLines(
  mode: 'http' | 'tcp',
  { connectionsPerClient, trustedProxies = [] }: ClientLimits,
): string[] {
  const others = trustedProxies.length > 0 ? ` unless ${TRUSTED}` : '';
  return [
    // A line each: HAProxy takes 64 words in one, and joins those of one name.
    ...trustedProxies.map((range) => `  acl ${TRUSTED} src ${range}`),
    `  tcp-request connection track-sc0 src,ipmask(32,64) table landfall-clients${others}`,
    `  tcp-request connection reject if { sc0_conn_cur gt ${connectionsPerClient ?? USUAL_CONNECTIONS} }`,
    ...(mode === 'http' ? forwardedLines(others) : []),
  ];
}

const forwardedLines = (others: string): string[] => [
  `  http-request del-header ^(forwarded|x[-_]forwarded[-_].*|x[-_]real[-_]ip)$ -m reg${others}`,
  `  http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)] unless { req.hdr(X-Forwarded-Proto) -m found }`,
  `  http-request set-header X-Forwarded-Host %[req.hdr(Host)] if { req.hdr(Host) -m found } !{ req.hdr(X-Forwarded-Host) -m found }`,
  '  option forwardfor',
];
