/** Real Temporal servers for tests: the one that the run shares, and one that skips time. */
import { Client, Connection } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { SearchAttributes } from '../../contracts/core/search-attributes.ts';
import { where } from '../../infra/dev/locate.ts';
import { onCleanup } from './cleanup.ts';
import { testRun } from './run.ts';

export { workflowBundle } from './workflow-bundle.ts';

export interface TestTemporal {
  readonly address: string;
  readonly client: Client;
  /** For `Worker.create`. */
  readonly nativeConnection: NativeConnection;
}

/** `INDEXED_VALUE_TYPE_KEYWORD` of temporal.api.enums.v1. */
const KEYWORD = 2;

let shared: Promise<TestTemporal> | undefined;
let quiet = false;

/**
 * Connections to the Temporal server that the whole run shares: choose workflow ids and task queues that no other
 * file uses. Closed after the file's last test.
 */
export async function testTemporal(): Promise<TestTemporal> {
  shared ??= connect(testRun().temporal);
  return shared;
}

/**
 * A server of this file's own on which a timer of thirty minutes takes no time. A different implementation: no list,
 * count or schedules, so use it for timers and {@link testTemporal} for the rest.
 */
export async function timeSkipping(): Promise<TestWorkflowEnvironment> {
  hushTemporal();
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: where('temporal-test-server') } },
  });
  onCleanup(() => environment.teardown());
  const searchAttributes = Object.fromEntries(Object.values(SearchAttributes).map(({ name }) => [name, KEYWORD]));
  await environment.connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
  return environment;
}

/** Errors only; Temporal tells every start and stop of a worker otherwise. For tests that call neither of the above. */
export function hushTemporal(): void {
  if (quiet) return;
  quiet = true;
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
}

async function connect(address: string): Promise<TestTemporal> {
  hushTemporal();
  const connection = await Connection.connect({ address });
  const nativeConnection = await NativeConnection.connect({ address });
  onCleanup(async () => {
    await connection.close();
    await nativeConnection.close();
  });
  return { address, client: new Client({ connection }), nativeConnection };
}
