import type { GitHubId } from '../../contracts/core/github-id.ts';
import { failureOf } from '../../contracts/core/failures.ts';
import type { RepairResult } from '../../contracts/inbox/repair.ts';
import type { HookDeliveries } from '../github/hook-deliveries.ts';
import type { LostDelivery, RepairLedger, Walk } from './ledger.port.ts';

const HOUR_MS = 3_600_000;
/** GitHub keeps its deliveries that long. */
const KEPT_MS = 72 * HOUR_MS;
/** Deliveries are not listed strictly in the order of their times. */
const OVERLAP_MS = 300_000;
/** Pages of 100 each: an hour has 5,000 calls for everything that we do. */
const MAX_PAGES = 10;
const MAX_REDELIVERIES = 30;
/** Waits after the first, second, … request. After the last it is given up. */
const WAITS_MS = [60_000, 300_000, 0.5 * HOUR_MS, 3 * HOUR_MS, 12 * HOUR_MS] as const;

export interface RedeliverDeps {
  readonly hooks: HookDeliveries;
  readonly ledger: RepairLedger;
  /** An attempt that is younger may still be under way. */
  readonly settleMs: number;
}

/** Looks through what GitHub has delivered since the run before, and asks again for what has not arrived. */
export async function redeliverLost(deps: RedeliverDeps, signal: AbortSignal): Promise<RepairResult> {
  const { ledger } = deps;
  await ledger.settle(Date.now() - KEPT_MS);
  const { looked, upToDate } = await lookThrough(deps, signal);
  const due = await ledger.due(Date.now(), MAX_REDELIVERIES);
  const missing = await ledger.missing(due.map(({ deliveryId }) => deliveryId));
  let redelivered = 0;
  let givenUp = 0;
  for (const lost of due.filter(({ deliveryId }) => missing.has(deliveryId))) {
    if (await askAgain(deps, lost, signal)) redelivered += 1;
    else givenUp += 1;
  }
  return { looked, redelivered, givenUp, upToDate };
}

/** Reads as many pages as a run may. The next run continues. */
async function lookThrough({ hooks, ledger, settleMs }: RedeliverDeps, signal: AbortSignal) {
  let walk = await ledger.walk(Date.now());
  let looked = 0;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { deliveries, next } = await listFrom({ hooks, ledger }, walk, signal);
    // Computed here because the answer has brought GitHub's clock.
    const from = walk.from ?? hooks.now() - settleMs;
    const until = Math.max(walk.doneTo - OVERLAP_MS, hooks.now() - KEPT_MS);
    const judged = deliveries.filter(({ deliveredAt }) => deliveredAt <= from && deliveredAt > until);
    const missing = await ledger.missing(judged.map(({ guid }) => guid));
    const lost = newestOfEach(judged.filter(({ guid }) => missing.has(guid)));
    await ledger.addLost(lost, Date.now());
    looked += judged.length;

    const done = next === null || deliveries.some(({ deliveredAt }) => deliveredAt <= until);
    walk = done ? { doneTo: from, from: null, cursor: null } : { ...walk, from, cursor: next };
    await ledger.saveWalk(walk);
    if (done) return { looked, upToDate: true };
  }
  return { looked, upToDate: false };
}

/** A page; a place in the list that GitHub no longer knows is forgotten, and the next run begins anew. */
async function listFrom({ hooks, ledger }: Pick<RedeliverDeps, 'hooks' | 'ledger'>, walk: Walk, signal: AbortSignal) {
  try {
    return await hooks.list(walk.cursor, signal);
  } catch (error) {
    const type = failureOf(error)?.type;
    if (walk.cursor !== null && (type === 'GitHubInvalid' || type === 'GitHubNotFound')) {
      await ledger.saveWalk({ ...walk, from: null, cursor: null });
    }
    throw error;
  }
}

/** The list has the newest attempt of a delivery first. */
function newestOfEach(
  deliveries: readonly {
    readonly id: GitHubId;
    readonly guid: string;
    readonly event: string;
    readonly deliveredAt: number;
  }[],
) {
  const found = new Map<string, Omit<LostDelivery, 'attempts'>>();
  for (const { guid, id, event, deliveredAt } of deliveries) {
    if (!found.has(guid)) found.set(guid, { deliveryId: guid, gitHubId: id, event, deliveredAt });
  }
  return [...found.values()];
}

/** @returns `false` when it is given up */
async function askAgain({ hooks, ledger }: RedeliverDeps, lost: LostDelivery, signal: AbortSignal): Promise<boolean> {
  const { deliveryId, gitHubId, attempts } = lost;
  const wait = WAITS_MS[attempts];
  if (wait === undefined) {
    await ledger.asked(deliveryId, attempts, null);
    return false;
  }
  try {
    await hooks.redeliver(gitHubId, signal);
  } catch (error) {
    const type = failureOf(error)?.type;
    // GitHub has it no more, or does not let it be sent again.
    if (type !== 'GitHubNotFound' && type !== 'GitHubInvalid') throw error;
    await ledger.asked(deliveryId, attempts, null);
    return false;
  }
  await ledger.asked(deliveryId, attempts + 1, Date.now() + wait);
  return true;
}
