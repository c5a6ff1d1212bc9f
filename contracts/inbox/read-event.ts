import type { GitHubEvent, OurApp, Reading } from './events/event.ts';
import { ignored } from './events/event.ts';
import { EVENTS } from './events/events.ts';
import type { InboxEvent } from './inbox-event.ts';

type Read = (...of: Parameters<GitHubEvent<never>['read']>) => Reading<InboxEvent>;
const READERS: ReadonlyMap<string, Read> = new Map(EVENTS.map(({ event, read }): [string, Read] => [event, read]));

/** Without an App no check run and no protection rule is ours. */
const NO_APP: OurApp = { id: 0, apiUrl: '' };

/** Reads one verified delivery. */
export function readEvent(event: string, deliveryId: string, payload: unknown, app = NO_APP): Reading<InboxEvent> {
  const read = READERS.get(event);
  if (!read) return ignored(`Landfall does not act on ${event} events`, 'event_not_used');
  const reading = read(deliveryId, payload, app);
  if (reading.kind !== 'invalid') return reading;
  return { kind: 'invalid', problem: `The ${event} event is not as expected: ${reading.problem}` };
}
