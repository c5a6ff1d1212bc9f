import { cancellationSignal } from '@temporalio/activity';
import { onStoreAll } from '../../store/failures.ts';
import type { Database } from '../../store/open.ts';
import { removeOld } from '../../store/queries/retention.ts';
import type { RetentionActivities } from './retention.port.ts';

/** See the port for what it promises. */
export function createRetentionActivities({ db }: { readonly db: Database }): RetentionActivities {
  return onStoreAll({
    forgetOld: (before) => removeOld(db, before, cancellationSignal()),
  } satisfies RetentionActivities);
}
