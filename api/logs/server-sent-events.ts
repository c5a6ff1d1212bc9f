/**
 * Server-sent events (WHATWG HTML, "Server-sent events"), as a log that is followed needs them.
 *
 * By hand on Hono's `stream`, not its `streamSSE`: that writes event by event, where a portion of a log holds hundreds of
 * lines, and lets caches keep what they have to ask for again (`no-cache`).
 */
import type { Context } from 'hono';
import { stream } from 'hono/streaming';
import type { ApiEnv } from '../deps.ts';
import type { LogChunk } from './read.ts';

/** Takes any number of whole events at once. */
export interface EventStream {
  write(events: string): Promise<unknown>;
  onAbort(listener: () => void): void;
}

/** Answers with events, until `send` has ended. */
export function streamEvents(c: Context<ApiEnv>, send: (out: EventStream) => Promise<void>): Response {
  c.header('content-type', 'text/event-stream; charset=utf-8');
  c.header('cache-control', 'no-store');
  // nginx would hold lines back otherwise.
  c.header('x-accel-buffering', 'no');
  return stream(c, send);
}

/** The time after which a browser connects again when the connection breaks. */
export const retryEvent = (afterMs: number): string => `retry: ${afterMs}\n\n`;

export const event = (name: string, data: object): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** Each line with the offset to go on from as its id (Last-Event-ID); a comment for a portion that has none. */
export const lineEvents = ({ lines }: LogChunk): string =>
  lines.length === 0
    ? ': still here\n\n'
    : lines.map(({ line, end }) => `id: ${end}\ndata: ${JSON.stringify(line)}\n\n`).join('');
