import {
  CancellationScope,
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { SlotRequest } from '../../contracts/deployment/preview.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';
import { slotNews, type SlotNews } from '../messages/preview.messages.ts';
import { askSlot, giveSlot, linePlaces } from '../messages/preview-slots.messages.ts';
import { grant, joinLine, leaveLine, places, type SlotLine } from './machine/line.ts';

interface SlotsInput {
  readonly line?: SlotLine;
  /** The places that the first of the line know of. */
  readonly told?: Readonly<Record<string, number>>;
}

/** So many of the first in line hear of every step that they take; the others are told their place on request. */
const MAX_TOLD = 10;
const FULL = 'So many previews wait already that no more are taken. Try again when some have ended.';

/**
 * Gives slots to previews, in turn between repositories. A slot is held by a workflow that lives: of one that was ended by
 * force, a look finds it out, and the next in line has its slot.
 */
export async function previewSlots(input: SlotsInput): Promise<void> {
  return CancellationScope.nonCancellable(() => runSlots(input));
}

async function runSlots({ line: begun = { held: [], waiting: [] }, told: known = {} }: SlotsInput): Promise<void> {
  let line = begun;
  let told = known;
  const changed = { since: true };
  /** To whom, in order: one at a time, so that news arrive as they happened. */
  const outbox: { readonly id: string; readonly news: SlotNews }[] = [];
  setHandler(askSlot, (request) => {
    changed.since = true;
    const joined = joinLine(line, request);
    const wasHeld = line.held.some(({ id }) => id === request.id);
    if (joined === null) outbox.push({ id: request.id, news: { kind: 'refused', why: FULL } });
    else line = joined;
    // It asks because it does not know.
    if (wasHeld && !request.holds) outbox.push({ id: request.id, news: { kind: 'granted' } });
    told = Object.fromEntries(Object.entries(told).filter(([id]) => id !== request.id));
  });
  setHandler(giveSlot, ({ id }) => {
    changed.since = true;
    line = leaveLine(line, id);
  });
  setHandler(linePlaces, () => places(line));

  while (!isTimeToRenew() || outbox.length > 0) {
    changed.since = false;
    giveOut();
    tellPlaces();
    for (let next = outbox.shift(); next; next = outbox.shift()) await tell(next);
    const woken = () => changed.since || isTimeToRenew();
    if (woken()) continue;
    // While nobody waits, nobody misses a slot.
    if (line.waiting.length === 0) await condition(woken);
    else if (!(await condition(woken, TIMEOUTS.preview.checkHoldersMs))) await checkHolders();
  }
  await condition(allHandlersFinished);
  await continueAsNew<typeof previewSlots>({ line, told });

  function giveOut(): void {
    const { line: next, granted } = grant(line);
    line = next;
    for (const { id } of granted) outbox.push({ id, news: { kind: 'granted' } });
  }

  function tellPlaces(): void {
    const first = places(line).slice(0, MAX_TOLD);
    // One that has just joined is told, however far behind it is.
    const joined = places(line)
      .slice(MAX_TOLD)
      .filter(({ id }) => told[id] === undefined);
    for (const { id, place } of [...first, ...joined]) {
      if (told[id] !== place) outbox.push({ id, news: { kind: 'place', place } });
    }
    const waiting = new Set(line.waiting.map(({ id }) => id));
    const kept = Object.entries(told).filter(([id]) => waiting.has(id));
    told = {
      ...Object.fromEntries(kept),
      ...Object.fromEntries([...first, ...joined].map(({ id, place }) => [id, place])),
    };
  }

  async function checkHolders(): Promise<void> {
    for (const { id } of line.held) await tell({ id, news: { kind: 'check' } });
  }

  /** A preview that is gone holds nothing, and waits for nothing. */
  async function tell({ id, news }: { readonly id: SlotRequest['id']; readonly news: SlotNews }): Promise<void> {
    await getExternalWorkflowHandle(id)
      .signal(slotNews, news)
      .catch((error: unknown) => {
        log.warn('a preview with a place in line is gone', { id, error });
        line = leaveLine(line, id);
        changed.since = true;
      });
  }
}

function isTimeToRenew(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > TIMEOUTS.preview.renewalEvents;
}
