import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createPodmanClient } from '../../../activities/podman/client.ts';
import { createDemultiplexer, endOfLog } from '../../../activities/podman/container-log.ts';

function frame(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(1, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

test('what a log says does not depend on how its frames were cut into chunks', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  fc.assert(
    fc.property(payloads, fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 50 }), (said, sizes) => {
      const bytes = Buffer.concat(said.map(frame));
      const payloadsOf = createDemultiplexer();
      const heard: Buffer[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        heard.push(...payloadsOf(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(Buffer.concat(heard)).toEqual(Buffer.concat(said));
    }),
  );
});

test('a frame is handed on as it comes, however long it is', () => {
  const payloadsOf = createDemultiplexer();
  const header = frame(Buffer.alloc(0));
  header.writeUInt32BE(60_000_000, 4);
  payloadsOf(header);

  expect(payloadsOf(Buffer.from('abc'))).toEqual([Buffer.from('abc')]);
});

test('the last lines are cut off here, wherever they begin and whatever they hold [E6]', async () => {
  const lines = fc.array(fc.constantFrom('', 'a', 'two words', 'z'.repeat(9)), { maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(lines, fc.integer({ min: 1, max: 12 }), fc.boolean(), async (said, tail, ended) => {
      const text = said.join('\n') + (ended ? '\n' : '');
      const podman = {
        ...createPodmanClient('/none'),
        chunks: async function* () {
          yield frame(Buffer.from(text));
        },
      };
      const until = new Date(1);
      const wanted = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n').slice(-tail).join('\n');

      const end = await endOfLog(podman, '/x', { since: new Date(0), until, tail });

      expect(end.endsWith('\n') ? end.slice(0, -1) : end).toBe(wanted);
    }),
  );
});

test('whoever does not wait any longer ends the reading [F5]', async () => {
  const stop = new AbortController();
  const podman = {
    ...createPodmanClient('/none'),
    chunks: async function* (_method: string, _path: string, { signal }: { readonly signal?: AbortSignal } = {}) {
      yield frame(Buffer.from('a line\n'));
      stop.abort(new Error('enough'));
      signal?.throwIfAborted();
    },
  };

  await expect(endOfLog(podman, '/x', { since: new Date(0), tail: 1, signal: stop.signal })).rejects.toThrow('enough');
});
