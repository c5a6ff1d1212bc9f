/** Decides whether a live version serves: pure, so that tests can try many orders of looks. */
import { OUTAGE } from '../../contracts/deployment/live-replica.ts';
import type { OutageRecord } from './ledger.port.ts';

/** Nothing is known of it. */
export const NO_OUTAGE: OutageRecord = { streak: null, outage: null, overAt: null };

interface Look {
  readonly place: string;
  readonly at: number;
  /** See `SeenReplica.trouble`. */
  readonly trouble: string | null | undefined;
  /** A deployment of the environment is under way, or it is known to crash in a loop: this look says nothing. */
  readonly isExcused: boolean;
}

export function nextOutage(before: OutageRecord = NO_OUTAGE, { place, at, trouble, isExcused }: Look): OutageRecord {
  const { streak: last, outage: known, overAt } = before;
  if (trouble === undefined || isExcused) return { streak: last, outage: known, overAt };
  const serves = trouble === null;
  const streak = last?.serves === serves ? { ...last, looks: last.looks + 1 } : { serves, since: at, looks: 1 };
  const isLong = streak.looks >= OUTAGE.looks;
  if (serves) {
    const isOver = known !== null && isLong;
    return { streak, outage: isOver ? null : known, overAt: isOver ? at : overAt };
  }
  const begins = known === null && isLong;
  const outage = begins ? { since: streak.since, message: `${place}: ${trouble}` } : known;
  return { streak, outage, overAt: outage === null ? overAt : null };
}
