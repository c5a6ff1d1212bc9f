/**
 * Hands deliveries over to Temporal: at once when one arrives, and whatever was left over whenever Temporal (or
 * this process) was away. Starting a delivery's workflow twice is starting it once, so a crash between "started"
 * and "written down" costs nothing.
 */
import { workflowIdOf } from '../../contracts/inbox/inbox-event.ts';
import {
  claimDeliveries,
  markHandedOver,
  recordRefusal,
  returnDeliveries,
  type ClaimedDelivery,
} from '../../store/queries/inbox.ts';
import type { ApiDeps } from '../deps.ts';
import { isUnreachable, reasonOf } from '../http/temporal-errors.ts';
import { createBreaker } from './breaker.ts';
import { createWakeUp } from '../logs/wake-up.ts';

/** Beyond this many at once a two-core Temporal starts no more per second. */
const CONCURRENCY = 16;
/** Claimed in one statement: one query of the store for many. */
const CLAIM = 3 * CONCURRENCY;
/**
 * Longer than a claim can take at worst (CLAIM / CONCURRENCY deadlines of 2 s), so that no other claim takes it
 * meanwhile.
 */
const LEASE_MS = 10_000;
/** Finds deliveries that are due without a call: those of ended leases, refused ones, another process's. */
const IDLE_MS = 1_000;
/** Refused this often, it is given up: it is the delivery, not the weather. */
const MAX_REFUSALS = 5;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 5_000;

type InboxDeps = Pick<ApiDeps, 'appId' | 'logger'> & {
  readonly store: Pick<ApiDeps['store'], 'db'>;
  readonly temporal: Pick<ApiDeps['temporal'], 'startDelivery'>;
};

export interface Inbox {
  start(): void;
  /** Something new is there. */
  wake(): void;
  /** Ends after what is under way (at most 2 s); what is left waits for the next start. */
  stop(): Promise<void>;
}

export function createInbox({ appId, store: { db }, temporal, logger }: InboxDeps): Inbox {
  const breaker = createBreaker();
  const wakeUp = createWakeUp();
  /** Claimed, not begun. */
  let claimed: ClaimedDelivery[] = [];
  /** Ids to be written down in one go. */
  let handedOver: string[] = [];
  let unreached: string[] = [];
  let underWay = 0;
  /** True when the store may hold more that is due. */
  let maybeMore = true;
  let stopping = false;
  let running: Promise<void> | undefined;

  const room = (): number => {
    const state = breaker.state();
    return (state === 'closed' ? CONCURRENCY : state === 'half-open' ? 1 : 0) - underWay;
  };

  async function handOver(delivery: ClaimedDelivery): Promise<void> {
    const { deliveryId, trigger } = delivery;
    try {
      await temporal.startDelivery(trigger, { workflowId: workflowIdOf(trigger, deliveryId) });
      breaker.succeeded();
      handedOver.push(deliveryId);
    } catch (error) {
      if (isUnreachable(error)) {
        breaker.failed();
        unreached.push(deliveryId);
      } else {
        breaker.succeeded();
        await refused(delivery, error);
      }
    }
  }

  async function refused({ deliveryId, attempts: earlier }: ClaimedDelivery, error: unknown): Promise<void> {
    const attempts = earlier + 1;
    const dead = attempts >= MAX_REFUSALS;
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** earlier, MAX_RETRY_MS);
    logger.warn({ deliveryId, attempts, dead, err: error }, 'Temporal refused a delivery');
    const retryAt = dead ? null : new Date(Date.now() + waitMs);
    await recordRefusal(db, { appId, deliveryId, attempts, error: reasonOf(error), retryAt });
  }

  function begin(delivery: ClaimedDelivery): void {
    underWay += 1;
    void handOver(delivery)
      .catch((error: unknown) => logger.error({ err: error }, 'a refused delivery could not be written down'))
      .finally(() => {
        underWay -= 1;
        // At once, not when the loop comes round: it may be waiting for the store.
        beginClaimed();
        wakeUp.raise();
      });
  }

  /** Begins as many of the claimed ones as may be under way. */
  function beginClaimed(): void {
    for (let free = room(); free > 0 && !stopping; free -= 1) {
      const next = claimed.shift();
      if (!next) return;
      begin(next);
    }
  }

  /** Writes down what has become of claimed ones: many at a time, or all when there is nothing else to do. */
  async function settle(): Promise<void> {
    if (handedOver.length >= CONCURRENCY || (handedOver.length > 0 && underWay === 0)) {
      const ids = handedOver;
      handedOver = [];
      await markHandedOver(db, appId, ids, new Date());
    }
    if (breaker.state() === 'open' || stopping) {
      unreached.push(...claimed.map(({ deliveryId }) => deliveryId));
      claimed = [];
    }
    if (unreached.length > 0) {
      const ids = unreached;
      unreached = [];
      maybeMore = true;
      await returnDeliveries(db, appId, ids, new Date());
    }
  }

  async function refill(): Promise<void> {
    if (!maybeMore || claimed.length >= CONCURRENCY || breaker.state() === 'open') return;
    const limit = breaker.state() === 'closed' ? CLAIM : 1;
    const rows = await claimDeliveries(db, { appId, now: new Date(), limit, leaseMs: LEASE_MS });
    claimed.push(...rows);
    maybeMore = rows.length === limit;
  }

  async function run(): Promise<void> {
    while (!stopping || underWay > 0) {
      try {
        await settle();
        if (!stopping) await refill();
        beginClaimed();
      } catch (error) {
        // A claimed delivery without a result is due again when its lease ends; starting it again is harmless.
        logger.error({ err: error }, 'the inbox cannot reach the store');
      }
      if ((await wakeUp.wait(breaker.waitMs() || IDLE_MS)) === 'timeout') maybeMore = true;
    }
    await settle();
  }

  return {
    start() {
      stopping = false;
      running ??= run();
    },
    wake() {
      maybeMore = true;
      wakeUp.raise();
    },
    async stop() {
      stopping = true;
      wakeUp.raise();
      await running?.catch((error: unknown) => logger.error({ err: error }, 'the inbox could not write down its last'));
      running = undefined;
    },
  };
}
