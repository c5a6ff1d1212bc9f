import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, expect, test } from '@jest/globals';
import { readDelivery } from '../../api/webhooks/read-delivery.ts';
import { createDeliveryReader } from '../../workers/delivery-reader.ts';
import { push } from '../api/harness.ts';
import { tempDir } from '../support/tmp.ts';

const MIB = 1024 * 1024;
const HEADERS = { event: 'push', deliveryId: 'a-delivery', app: { id: 1, apiUrl: 'https://api.github.com' } };
const reader = createDeliveryReader();
afterAll(() => reader.close());

const within = (value: string): string => push({ padding: 0 }).replace('"padding":0', `"padding":${value}`);
/** Valid and not, each 25 MiB: what a parser takes longest for, or runs out of memory or stack with. */
const HOSTILE: Readonly<Record<string, () => string>> = {
  'lists in lists': () => within('['.repeat(12 * MIB) + ']'.repeat(12 * MIB)),
  'lists in lists beside an id that no number holds': () =>
    within(`[3804004623172239366,${'['.repeat(12 * MIB)}${']'.repeat(12 * MIB)}]`),
  'maps in maps': () => within('{"a":'.repeat(4 * MIB) + '1' + '}'.repeat(4 * MIB)),
  'many small maps': () => within(`[3804004623172239366${',{}'.repeat(8 * MIB)}]`),
  'one number': () => within('9'.repeat(24 * MIB)),
  'many numbers that no number holds': () => within(`[1${',3804004623172239366'.repeat(MIB)}]`),
  'as many maps as are read, beside an id that no number holds': () =>
    within(`[3804004623172239366${',{}'.repeat(490_000)}]`),
  'one text of escapes': () => within(`"${'\\u0041'.repeat(4 * MIB)}"`),
  'a list that does not end': () => '['.repeat(24 * MIB),
};

function fileOf(text: string): { fd: number; length: number } {
  mkdirSync(tempDir(), { recursive: true });
  const path = join(tempDir(), 'delivery');
  writeFileSync(path, text);
  return { fd: openSync(path, 'r'), length: Buffer.byteLength(text) };
}

test('a large delivery means in the thread what it means anywhere [B1]', async () => {
  const text = push({ padding: 'ä'.repeat(MIB), id: '@' }).replace('"@"', '3804004623172239366');
  expect(await reader.read({ ...HEADERS, ...fileOf(text) })).toEqual(readDelivery(Buffer.from(text), HEADERS));
});

test.each(Object.keys(HOSTILE))(
  'a delivery of 25 MiB with %s is answered and holds up nothing else in the process [B1][F2][G5]',
  async (name) => {
    const file = fileOf(HOSTILE[name]?.() ?? '');
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const read = await reader.read({ ...HEADERS, ...file });
    delay.disable();
    expect(read).toMatchObject(read.ok ? { reading: { kind: 'handover' } } : { why: expect.any(String) as unknown });
    expect(delay.max / 1e6).toBeLessThan(400);
    // The next one is read, by the same thread.
    expect(await reader.read({ ...HEADERS, ...fileOf(push()) })).toMatchObject({ ok: true });
  },
);
