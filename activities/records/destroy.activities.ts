import { onStoreAll } from '../../store/failures.ts';
import type { Database } from '../../store/open.ts';
import { findRemains, forgetEnvironment } from '../../store/queries/destroyed.ts';
import type { DestroyActivities } from './destroy.port.ts';

/** See the port for what it promises. */
export function createDestroyActivities({ db }: { readonly db: Database }): DestroyActivities {
  return onStoreAll({
    findRemains: (key) => findRemains(db, key),
    forgetEnvironment: (input) => forgetEnvironment(db, input),
  } satisfies DestroyActivities);
}
