import { onStoreAll } from '../../store/failures.ts';
import type { Database } from '../../store/open.ts';
import { findLastLive } from '../../store/queries/last-live.ts';
import type { RecallActivities } from './recall.port.ts';

/** Throws `StoreUnavailable` (retryable) when the database is away. */
export function createRecallActivities({ db }: { readonly db: Database }): RecallActivities {
  return onStoreAll({
    recallLive: (key) => findLastLive(db, key),
  } satisfies RecallActivities);
}
