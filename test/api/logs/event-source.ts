import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { LogLine } from '../../../contracts/deployment/logs.ts';

interface FollowOptions {
  readonly token: string;
  readonly lastId?: string | undefined;
  /** Breaks the connection off after so many lines. */
  readonly stopAfter?: number;
  readonly onOpen?: () => Promise<void>;
  readonly onLine?: (count: number) => Promise<void> | undefined;
}

/** One connection of a browser's EventSource (HTML, "Server-sent events"), as far as we use it. */
export async function followEvents(url: string, { token, lastId, stopAfter, onOpen, onLine }: FollowOptions) {
  const connection = new AbortController();
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}`, ...(lastId !== undefined && { 'last-event-id': lastId }) },
    signal: connection.signal,
  });
  if (!response.body) throw new Error(`${url} answered ${response.status} without a body`);
  await onOpen?.();

  const lines: LogLine[] = [];
  let id = lastId;
  let ended = false;
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  try {
    for await (const { event, id: ownId, data } of events) {
      ended = event === 'end';
      if (ended) break;
      lines.push(JSON.parse(data) as LogLine);
      id = ownId;
      void onLine?.(lines.length);
      if (lines.length === stopAfter) break;
    }
  } finally {
    connection.abort();
  }
  return { lines, lastId: id, ended };
}
