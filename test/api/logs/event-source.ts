import type { LogLine } from '../../../contracts/deployment/logs.ts';

interface FollowOptions {
  readonly token: string;
  readonly lastId?: string | undefined;
  /** Breaks the connection off after so many lines. */
  readonly stopAfter?: number;
  readonly onOpen?: () => Promise<void>;
  readonly onLine?: (count: number) => Promise<void> | undefined;
}

/** What a browser's EventSource does with one connection (HTML, "Server-sent events"), as far as we use it. */
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
  let buffer = '';
  try {
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      buffer += text;
      const blocks = buffer.split('\n\n');
      buffer = blocks.pop() ?? '';
      for (const block of blocks) {
        if (lines.length === stopAfter) continue;
        const fields = new Map(
          block.split('\n').map((field) => [field.split(': ', 1)[0], field.slice(field.indexOf(': ') + 2)]),
        );
        if (fields.get('event') === 'end') ended = true;
        else if (fields.has('data')) {
          lines.push(JSON.parse(fields.get('data') ?? '') as LogLine);
          id = fields.get('id');
          void onLine?.(lines.length);
        }
      }
      if (lines.length === stopAfter || ended) break;
    }
  } finally {
    connection.abort();
  }
  return { lines, lastId: id, ended };
}
