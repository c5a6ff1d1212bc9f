import { proxyActivities } from '@temporalio/workflow';
import type { TellActivities, Telling } from '../../activities/records/records.port.ts';
import { telling } from '../lib/activity-options.ts';
import { howManyFit } from '../lib/bounded.ts';
import { Ordered } from './ordered.ts';

const { tell } = proxyActivities<TellActivities>({ ...telling, summary: 'tell the store' });

/** The limit of one report: reports for a store that is away may be more than Temporal takes. */
const MAX_BYTES = 500_000;

/** Tells the store what happens. The store is what people read, not what we decide by. */
export class StoreRecorder extends Ordered<Telling> {
  /** @param untold - reports that an earlier run could not deliver */
  constructor(untold: readonly Telling[] = []) {
    const atOnce = (pending: readonly Telling[]): number => howManyFit(pending, MAX_BYTES);
    super({ send: tell, atOnce, failed: 'the store did not take the reports' }, untold);
  }
}
