/** Connections to Temporal: a dev server, a cluster, Temporal Cloud; by configuration only (requirements, F5). */
import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import type { TLSConfig } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { NativeConnection } from '@temporalio/worker';
import { SearchAttributes } from '../contracts/core/search-attributes.ts';
import type { TemporalConfig } from './settings.ts';

/** `INDEXED_VALUE_TYPE_KEYWORD` in temporal.api.enums.v1. */
const KEYWORD = 2;
/** gRPC waits longer and longer, two minutes in the end; webhooks that wait for a server that is back should not. */
const RECONNECT_MS = 2_000;
/** gRPC: ALREADY_EXISTS. */
const ALREADY_EXISTS = 6;

export interface Temporal {
  readonly native: NativeConnection;
  readonly client: Client;
  close(): Promise<void>;
}

/** @throws Error naming the address when Temporal does not answer. */
export async function connectTemporal(config: TemporalConfig): Promise<Temporal> {
  const { address, namespace, apiKey } = config;
  const tls = await tlsOf(config);
  const options = { address, ...(tls && { tls }), ...(apiKey && { apiKey: apiKey.reveal() }) };
  try {
    const [native, connection] = await Promise.all([
      NativeConnection.connect(options),
      Connection.connect({ ...options, channelArgs: { 'grpc.max_reconnect_backoff_ms': RECONNECT_MS } }),
    ]);
    await registerSearchAttributes(connection, namespace);
    return {
      native,
      client: new Client({ connection, namespace }),
      close: async () => {
        await connection.close();
        await native.close();
      },
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Could not connect to Temporal at ${address}, namespace ${namespace}: ${why}. Is it running, and is TEMPORAL_ADDRESS right?`,
    );
  }
}

async function tlsOf({
  tls,
  apiKey,
  clientCertPath,
  clientKeyPath,
  serverCaPath,
}: TemporalConfig): Promise<TLSConfig | boolean | undefined> {
  if (tls === false) return undefined;
  if (clientCertPath && clientKeyPath) {
    const [crt, key] = await Promise.all([readFile(clientCertPath), readFile(clientKeyPath)]);
    return {
      clientCertPair: { crt, key },
      ...(serverCaPath && { serverRootCACertificate: await readFile(serverCaPath) }),
    };
  }
  if (serverCaPath) return { serverRootCACertificate: await readFile(serverCaPath) };
  return tls === true || apiKey !== undefined ? true : undefined;
}

/** Temporal Cloud manages them elsewhere and refuses this call; then starting a workflow says which one is missing. */
async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService
    .listSearchAttributes({ namespace })
    .catch(() => ({ customAttributes: {} }));
  const missing = Object.values(SearchAttributes).filter(({ name }) => !(name in customAttributes));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map(({ name }) => [name, KEYWORD]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes }).catch((error: unknown) => {
    const { code } = error as { code?: number };
    // Two processes that start at once, or a service that does not let us.
    if (code !== ALREADY_EXISTS && code !== 7 && code !== 12) throw error;
  });
}
