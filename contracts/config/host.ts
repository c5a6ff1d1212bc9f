/** A host as its own worker knows it; the control plane knows only its name. */
import { z } from 'zod';
import { PROXY_TIMES, isProxyTime, parseSize } from '../core/duration.ts';
import { NAME } from '../core/names.ts';
import { isRouteHost } from './routes.ts';
import { port } from './yaml-fields.ts';

const size = z.string().refine((text) => parseSize(text) !== undefined, 'use a size such as 10mb');
/** One address, or the network of many. */
export const AddressRange = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
  error: 'use an address, or a network such as 10.0.0.0/8',
});
const socket = z.string().startsWith('/');
const time = z.string().refine(isProxyTime, `use ${PROXY_TIMES}`);

export const PublicSettings = z
  .strictObject({
    /** `0.0.0.0` or `::` for all of the machine's. */
    address: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1'),
    httpPort: port.default(80),
    httpsPort: port.default(443),
    /**
     * HAProxy serves each `served/NAME.pem` of it (certificates, then the key). `default.pem` is made by Landfall, and answers
     * for names without one.
     */
    certificates: z.string().startsWith('/'),
    /** Landfall's own pages and webhook address answer under this name, whole, and no service can have it. */
    landfall: z.strictObject({ host: z.string().refine(isRouteHost), address: z.ipv4(), port }).exactOptional(),
  })
  .refine(({ httpPort, httpsPort }) => httpPort !== httpsPort, 'use two ports');
export type PublicSettings = z.infer<typeof PublicSettings>;

export const HostSettings = z.strictObject({
  name: z.string().regex(NAME),
  roles: z
    .array(z.enum(['build', 'run']))
    .min(1)
    .default(['build', 'run']),
  /** Podman's API socket, local only: it is unauthenticated root. */
  podmanSocket: socket,
  /** The engine that builds, when it is another: rootless, of an account that can read nothing of Landfall's. */
  buildPodmanSocket: socket.optional(),
  /** The address on which published ports listen, and to which our own probes go. */
  address: z.ipv4().default('127.0.0.1'),
  /** Build folders and the host's state live here. */
  workDir: z.string().startsWith('/'),
  buildSlots: z.int().min(1).max(32).default(2),
  /** The part of each container's output that the engine keeps. */
  logs: z
    .strictObject({
      /** `journald`: the journal's own limits count. */
      driver: z.enum(['k8s-file', 'journald']).default('k8s-file'),
      /** The oldest part goes. A large one is slow to read: Podman reads all of it to find the last lines. */
      maxSize: size.default('10mb'),
    })
    .optional(),
  /** `chroot` gives steps of a Dockerfile the host's processes and network: whoever writes one has the engine's account. */
  buildIsolation: z.enum(['oci', 'chroot']).default('oci'),
  /** `private`: steps reach the outside through NAT, and not the host's loopback. */
  buildNetwork: z.enum(['private', 'none', 'host']).default('private'),
  /**
   * The private addresses that steps do not reach: `metadata` (where clouds give out credentials), `host` (the
   * machine's own addresses), `private` (private networks), or addresses and networks. `[]`: everything is open.
   */
  buildDeny: z
    .array(z.union([z.enum(['metadata', 'host', 'private']), AddressRange]))
    .max(200)
    .default(['metadata', 'host']),
  /** Exceptions that steps reach all the same: a package mirror at an address of the host, say. */
  buildAllow: z.array(AddressRange).max(200).default([]),
  /** HAProxy, for blue-green. Without it only `recreate` works. */
  proxy: z
    .strictObject({
      /** Written by Landfall, included by HAProxy with `-f`. */
      configFile: z.string().startsWith('/'),
      /** Runtime API (`stats socket … level admin`). */
      adminSocket: socket,
      /** Master CLI (`haproxy -W -S …`), for reloads. */
      masterSocket: socket,
      /** For how long a side may be silent before its connection is cut. */
      timeouts: z
        .strictObject({
          /** The client may take this long for the header of a request, however it sends it: `10s`. */
          request: time,
          /** The client, while it sends a request or is sent an answer: `1m`. */
          client: time,
          /** The service, before and between the parts of an answer: `5m`. */
          server: time,
          /** Both, once they speak freely (WebSocket, TCP): `1h`. */
          tunnel: time,
        })
        .partial()
        .optional(),
      /** The limit for each port at a time (services with names share theirs); more wait. The default is the limit of the whole proxy. */
      maxConnections: z.int().min(1).max(1_000_000).optional(),
      /** The ports for the web, which all services with names share. Without it no service of this host can have a name. */
      public: PublicSettings.optional(),
      /** The limit for one address at all services together, and for a /64 of IPv6: 1000. More are closed at once. */
      connectionsPerClient: z.int().min(1).max(1_000_000).optional(),
      /**
       * Load balancers and proxies in front of this one: the client's address, name and scheme that they give
       * (`X-Forwarded-*`) are handed on, and their connections are not limited. Those of others are dropped.
       */
      trustedProxies: z.array(AddressRange).max(200).optional(),
    })
    .optional(),
});
export type ProxySettings = NonNullable<HostSettings['proxy']>;
export type HostSettings = z.infer<typeof HostSettings>;
