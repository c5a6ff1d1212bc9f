/**
 * The line for the slots of previews: who is there, who waits, and who is next. A repository's turn comes before that of
 * one that has more, so that no repository, however many pull requests it has, keeps another one waiting.
 */
import type { LinePlace, SlotRequest } from '../../../contracts/deployment/preview.ts';

export interface SlotLine {
  readonly held: readonly SlotRequest[];
  /** In the order of arrival. */
  readonly waiting: readonly SlotRequest[];
}

/** Temporal would not take the input of a run with more. */
export const MAX_WAITING = 2_000;

/** Asking again changes nothing, but the limits, which may be others by now. @returns `null`: the line is full */
export function joinLine(line: SlotLine, request: SlotRequest): SlotLine | null {
  const { holds, ...asked } = request;
  const isHeld = line.held.some(({ id }) => id === asked.id);
  if (isHeld || holds) {
    return { held: [...without(line.held, asked.id), asked], waiting: without(line.waiting, asked.id) };
  }
  const isKnown = line.waiting.some(({ id }) => id === asked.id);
  if (isKnown) return { ...line, waiting: line.waiting.map((one) => (one.id === asked.id ? asked : one)) };
  if (line.waiting.length >= MAX_WAITING) return null;
  return { ...line, waiting: [...line.waiting, asked] };
}

/** It is there no more, or waits no more. */
export const leaveLine = ({ held, waiting }: SlotLine, id: string): SlotLine => ({
  held: without(held, id),
  waiting: without(waiting, id),
});

/** Gives every slot that is free. @returns those that got one, in their order */
export function grant(line: SlotLine): { readonly line: SlotLine; readonly granted: readonly SlotRequest[] } {
  const granted: SlotRequest[] = [];
  let now = line;
  for (let next = nextOf(now); next; next = nextOf(now)) {
    granted.push(next);
    now = { held: [...now.held, next], waiting: without(now.waiting, next.id) };
  }
  return { line: now, granted };
}

/** The next one that may be there: of the repository that has the fewest, the one that waits longest. */
function nextOf({ held, waiting }: SlotLine): SlotRequest | undefined {
  const of = counts(held);
  const free = waiting.filter(
    ({ repositoryId, person, limits }) =>
      held.length < limits.installation &&
      of(repositoryId) < limits.repository &&
      held.filter((one) => one.repositoryId === repositoryId && one.person === person).length < limits.person,
  );
  return fewest(free, of);
}

/** Places as they are if slots come free one by one. */
export function places({ held, waiting }: SlotLine): readonly LinePlace[] {
  const there = counts(held);
  const queues = new Map<string, { readonly all: { readonly id: string; readonly index: number }[]; count: number }>();
  for (const [index, { id, repositoryId }] of waiting.entries()) {
    const queue = queues.get(repositoryId) ?? { all: [], count: there(repositoryId) };
    queue.all.push({ id, index });
    queues.set(repositoryId, queue);
  }
  for (const { all } of queues.values()) all.reverse();
  const order: LinePlace[] = [];
  for (const place of waiting.keys()) {
    let best: {
      readonly queue: { readonly all: { readonly id: string }[]; count: number };
      readonly index: number;
    } | null = null;
    for (const queue of queues.values()) {
      const index = queue.all.at(-1)?.index;
      if (index === undefined) continue;
      const isBefore =
        !best || queue.count < best.queue.count || (queue.count === best.queue.count && index < best.index);
      if (isBefore) best = { queue, index };
    }
    const head = best?.queue.all.pop();
    if (!best || !head) break;
    best.queue.count += 1;
    order.push({ id: head.id, place: place + 1 });
  }
  return order;
}

/** The first of several that have as few. */
function fewest(all: readonly SlotRequest[], of: (repositoryId: string) => number): SlotRequest | undefined {
  let best: SlotRequest | undefined;
  for (const one of all) if (!best || of(one.repositoryId) < of(best.repositoryId)) best = one;
  return best;
}

function counts(held: readonly SlotRequest[]): (repositoryId: string) => number {
  const byRepository = new Map<string, number>();
  for (const { repositoryId } of held) byRepository.set(repositoryId, (byRepository.get(repositoryId) ?? 0) + 1);
  return (repositoryId) => byRepository.get(repositoryId) ?? 0;
}

const without = (all: readonly SlotRequest[], id: string): readonly SlotRequest[] => all.filter((one) => one.id !== id);
