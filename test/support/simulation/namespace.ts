import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SearchAttributes } from '../../../contracts/core/search-attributes.ts';
import { eventually } from '../eventually.ts';

/** `INDEXED_VALUE_TYPE_KEYWORD` of temporal.api.enums.v1. */
const KEYWORD = 2;

/** A Temporal namespace of the caller's own, so that queues with fixed names are not shared. Ready when it resolves. */
export async function createNamespace(connection: Connection, namespace: string): Promise<void> {
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  const searchAttributes = Object.fromEntries(Object.values(SearchAttributes).map(({ name }) => [name, KEYWORD]));
  // The server's parts learn of a namespace one after the other.
  await eventually(`Temporal to know the namespace ${namespace}`, async () => {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    return true;
  });
}
