import { onStoreAll } from '../../store/failures.ts';
import type { Database } from '../../store/open.ts';
import { placesOfLive } from '../../store/queries/served-names.ts';
import { recallPreview } from '../../store/queries/preview-records.ts';
import { findRecalled } from '../../store/queries/rehydration.ts';
import type { RecallActivities } from './recall.port.ts';

/** Throws `StoreUnavailable` (retryable) when the database is away. */
export function createRecallActivities({ db }: { readonly db: Database }): RecallActivities {
  return onStoreAll({
    recallLive: (key) => findRecalled(db, key),
    livePlaces: (key) => placesOfLive(db, key),
    recallPreview: (pull) => recallPreview(db, pull),
  } satisfies RecallActivities);
}
