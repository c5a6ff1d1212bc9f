/**
 * Dependencies of the API. Built by a composition root (workers/); nothing in api/ builds a client or reads the
 * environment.
 */
import type { BlockList } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import type { Actor } from '../contracts/core/actor.ts';
import type { ReadLandfallYaml } from '../contracts/config/landfall-yaml.ts';
import type { Secret } from '../contracts/core/secret.ts';
import type { Store } from '../store/open.ts';
import type { Keyring } from '../store/sealing.ts';
import type { Check, Logger } from './ports.ts';
import type { TemporalGateway } from './temporal/gateway.ts';
import type { ReadDelivery } from './webhooks/read-delivery.ts';

/** An access token as it is configured: only its hash is known, so that a leaked configuration opens nothing. */
export interface AccessToken {
  /** Shown as the actor of whatever is done with it. */
  readonly name: string;
  /** Lower-case hex of the SHA-256 of the token. */
  readonly sha256: string;
}

/** The secret that a CI system signs with. */
export interface DeploySecret {
  /** Shown as the actor of whatever is deployed with it. */
  readonly name: string;
  readonly secret: Secret;
}

export interface ApiDeps {
  /** Reads the text of a landfall.yaml. Without it, here and now: right for tests, not beside an inbox. */
  readonly readYaml?: ReadLandfallYaml;
  /** Reads a large delivery of GitHub's. Without it, here and now: right for tests, not beside an inbox. */
  readonly readLargeDelivery?: ReadDelivery;
  /** Large bodies lie there until they are read: files without names, on a disk with room for some 100 MiB. */
  readonly spoolDir: string;
  readonly store: Pick<Store, 'db' | 'ping'>;
  readonly temporal: TemporalGateway;
  /** The GitHub App whose webhooks arrive here; 0 without one (a webhook of a single repository). */
  readonly appId: number;
  /** `https://api.github.com`, or that of a GitHub Enterprise Server: addresses in events have to be below it. */
  readonly gitHubApiUrl: string;
  /** Called when the inbox holds something new. */
  readonly wakeInbox: () => void;
  /** At least one; several while a secret is rotated. */
  readonly webhookSecrets: readonly Secret[];
  /** For people and programs, as they are at this moment. */
  readonly tokens: () => readonly AccessToken[];
  /** For hosts, which may send logs and nothing else. */
  readonly hostTokens: () => readonly AccessToken[];
  /** For CI systems, which sign what they ask for; empty: `POST /deploy` is off. */
  readonly deploySecrets: readonly DeploySecret[];
  /** True when a signature over the body alone is taken, without anything against replay. */
  readonly deployPlain: boolean;
  /** Signs session cookies and status addresses. At least 32 characters. */
  readonly cookieKey: Secret;
  /** Seals and opens secrets. */
  readonly secretsKeys: Keyring;
  /**
   * True when the registry has `registry/name@sha256:…`. Throws when it does not answer, and once the signal is
   * aborted.
   */
  readonly hasImage: (image: string, signal: AbortSignal) => Promise<boolean>;
  /** Our address for people; `https` makes cookies `Secure`. */
  readonly publicUrl: string;
  /** The form in which a public repository's address is stored, or why it cannot be taken: goes on after "cloneUrl". */
  readonly readCloneUrl: (text: string) => { readonly url: string } | { readonly why: string };
  /** Proxies in front of us, whose word counts for the address that a request came from. */
  readonly trustedProxies: BlockList;
  /** `{stream}.log` files, one JSON `LogLine` a line. */
  readonly logDir: string;
  /** The workers of this process, or whatever knows about them. */
  readonly workerState: () => Check;
  readonly logger: Logger;
}

/** The context of every handler: the socket and the server's end (absent in tests without a server), and the client. */
export interface ApiEnv {
  Bindings: Partial<HttpBindings> & { readonly closing?: AbortSignal };
  Variables: { actor: Actor };
}
