import { expect, test } from '@jest/globals';
import type { EventSourceMessage } from 'eventsource-parser/stream';
import fc from 'fast-check';
import { readEvents } from '../../../cli/client/server-sent-events.ts';

const STREAM =
  'retry: 1000\n\nid: 7\ndata: {"text":"é ✓ 日本"}\r\n\r\n: still here\n\ndata:first\ndata:second\n\nevent: end\ndata: {}\n\nid: 9\ndata: cut o';

const EVENTS: readonly EventSourceMessage[] = [
  { id: '7', data: '{"text":"é ✓ 日本"}' },
  { data: 'first\nsecond' },
  { event: 'end', data: '{}' },
];

const read = async (chunks: readonly Uint8Array[]): Promise<EventSourceMessage[]> => {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const events: EventSourceMessage[] = [];
  for await (const event of readEvents(body)) events.push(event);
  return events;
};

test('events are the same wherever the network cuts the bytes; one that was cut off is not given out [B12]', async () => {
  const bytes = new TextEncoder().encode(STREAM);
  const cuts = fc.uniqueArray(fc.nat({ max: bytes.length }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(cuts, async (places) => {
      const ends = [...places, bytes.length].sort((a, b) => a - b);
      const chunks = ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end));
      expect(await read(chunks)).toEqual(EVENTS);
    }),
  );
});

test('a line without end is refused before it fills the memory [B12]', async () => {
  const endless = Array.from({ length: 30 }, () => new Uint8Array(100_000).fill(0x61));
  await expect(read(endless)).rejects.toThrow('exceeded max buffer size');
});
