/** Everything that the services of a host have together: the frontends for the web. */
import { z } from 'zod';
import type { PublicSettings } from '../../../../contracts/config/host.ts';
import { isRouteHost } from '../../../../contracts/config/routes.ts';
import { clientLines, type ClientLimits } from './clients.ts';
import type { ListFile } from './lists.ts';
import { renderOwn } from './own.ts';

/** Kept in the file, as sections are. */
export const Shared = z.strictObject({
  /** RFC 8555, 8.1: the account key's, with which HAProxy itself answers HTTP-01. Public. */
  thumbprint: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .exactOptional(),
  /** The names that have a certificate of their own: HTTP leads to HTTPS. */
  secured: z.array(z.string().refine(isRouteHost)).exactOptional(),
});
export type Shared = z.infer<typeof Shared>;

export const HTTP_FRONTEND = 'landfall-http';
const HTTPS_FRONTEND = 'landfall-https';
const HTTPS_PORT = 443;

export interface SharedParts {
  readonly shared: Shared;
  readonly lists: { readonly routes: ListFile; readonly secured: ListFile };
  readonly clients: ClientLimits;
}

/** Both frontends. */
export function renderShared(
  { address, httpPort, httpsPort, certificates, landfall }: PublicSettings,
  { shared: { thumbprint }, lists, clients }: SharedParts,
): readonly string[] {
  const port = httpsPort === HTTPS_PORT ? '' : `:${httpsPort}`;
  const name = '  http-request set-var(txn.landfall_host) req.hdr(host),host_only,lower,rtrim(.)';
  const challenge =
    thumbprint === undefined
      ? []
      : [
          // RFC 8555, 8.3. Every host of a name answers alike, and no token has to be handed round.
          `  http-request return status 200 content-type application/octet-stream lf-string "%[path,field(-1,/)].${thumbprint}" if { path_reg ^/\\.well-known/acme-challenge/[A-Za-z0-9_-]+$ }`,
        ];
  const route = [
    '  http-request set-var-fmt(txn.landfall_route) %[var(txn.landfall_host)]%[path]/',
    `  http-request set-var(txn.landfall_backend) var(txn.landfall_route),map_beg(${lists.routes.path})`,
    '  http-request deny deny_status 404 unless { var(txn.landfall_backend) -m found }',
    '  use_backend %[var(txn.landfall_backend)]',
  ];
  return [
    `frontend ${HTTP_FRONTEND} from landfall`,
    '  mode http',
    `  bind ${bindAddress(address)}:${httpPort}`,
    ...clientLines('http', clients),
    name,
    ...challenge,
    `  http-request redirect location https://%[var(txn.landfall_host)]${port}%[pathq] code 308 if { var(txn.landfall_host) -m str -f ${lists.secured.path} }`,
    ...route,
    `frontend ${HTTPS_FRONTEND} from landfall`,
    '  mode http',
    `  bind ${bindAddress(address)}:${httpsPort} ssl crt ${certificates}/default.pem crt ${certificates}/served alpn h2,http/1.1`,
    ...clientLines('http', clients),
    name,
    ...challenge,
    ...route,
    ...(landfall ? renderOwn(landfall) : []),
  ];
}

const bindAddress = (address: string): string => (address.includes(':') ? `[${address}]` : address);
