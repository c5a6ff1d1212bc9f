/** A person has a delivery taken up again that was given up. */
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { reviveDelivery as storeRevival } from '../../store/queries/inbox.ts';
import type { ApiDeps } from '../deps.ts';

/** @throws `NotFound` for a delivery that was not given up */
export async function reviveDelivery(
  { store, appId, wakeInbox }: Pick<ApiDeps, 'store' | 'appId' | 'wakeInbox'>,
  id: string,
): Promise<void> {
  if (!(await storeRevival(store.db, appId, id, new Date()))) {
    throw failure(
      FailureType.NotFound,
      `There is no delivery ${id} that was given up; GET /api/deliveries?state=dead lists them.`,
    );
  }
  wakeInbox();
}
