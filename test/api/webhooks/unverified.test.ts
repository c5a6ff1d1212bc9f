/** The cost of bodies that are not shown to be signed, in a process of its own. */
import { beforeAll, expect, test } from '@jest/globals';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/tmp.ts';
import { push, signed } from '../harness.ts';

const SECRET = 'a-webhook-secret-of-this-test';
const MIB = 1024 * 1024;
const spoolDir = join(tempDir(), 'spool');
let receiver: ChildProcess;
let url: string;

beforeAll(async () => {
  receiver = fork(fileURLToPath(new URL('receiver-process.ts', import.meta.url)), [SECRET, spoolDir], {
    execArgv: [],
  });
  onCleanup(() => {
    receiver.kill();
  });
  url = await tell();
});

async function tell<T extends string | number>(): Promise<T> {
  const [message] = (await once(receiver, 'message')) as [T];
  return message;
}
async function mostMemory(): Promise<number> {
  const answer = tell<number>();
  receiver.send('memory');
  return answer;
}

/** The reset of a connection may overtake its answer, for a sender that is still sending (RFC 9112, 9.6). */
const NO_ANSWER = 0;

/** The statuses of those that have ended; it grows. */
function endsOf(held: readonly Promise<number>[]): readonly number[] {
  const ends: number[] = [];
  for (const one of held) void one.then((status) => ends.push(status));
  return ends;
}

/** Announces `length` bytes with a made-up signature, sends `sent` of them, and waits. @returns the status, if any */
function sendUnsigned(length: number, sent: number): Promise<number> {
  const { hostname, port } = new URL(url);
  const { headers } = signed({ body: '', headers: { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` } });
  const socket = connect(Number(port), hostname);
  onCleanup(() => {
    socket.destroy();
  });
  const lines = Object.entries({ ...headers, host: 'x', 'content-length': String(length) });
  socket.write(`POST / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  const chunk = Buffer.alloc(MIB);
  for (let at = 0; at < sent; at += MIB) socket.write(chunk.subarray(0, Math.min(MIB, sent - at)));
  return new Promise((resolve) => {
    let answer = '';
    socket.on('data', (data: Buffer) => (answer += data.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? NO_ANSWER)));
  });
}
const deliver = async (body: string) => (await fetch(url, signed({ body, secret: SECRET }))).status;

test('eighty senders of 24 MiB that nobody signed cost little memory, and real deliveries pass between them [B1]', async () => {
  for (let warm = 0; warm < 20; warm += 1) await deliver(push());
  const before = await mostMemory();
  const held = Array.from({ length: 80 }, () => sendUnsigned(24 * MIB, 23 * MIB));
  const delivered = [];
  for (let i = 0; i < 20; i += 1) delivered.push(await deliver(push()));
  expect(delivered).toEqual(delivered.map(() => 202));
  // All but the last one or two gave way.
  const ends = endsOf(held);
  await eventually('most of them give way', () => ends.length >= 78);
  expect(ends.filter((status) => status !== 503 && status !== NO_ANSWER)).toEqual([]);
  expect(ends).toContain(503);
  // Node's memory for eighty connections; all of them together sent 1.8 GB.
  expect((await mostMemory()) - before).toBeLessThan(30 * MIB);
  // The files have no names, so none is left when this process is killed now.
  expect(readdirSync(spoolDir)).toEqual([]);
});

test('four hundred senders of small bodies that nobody signed share one budget too [B1]', async () => {
  await deliver(push());
  const before = await mostMemory();
  const held = Array.from({ length: 400 }, () => sendUnsigned(64 * 1024, 63 * 1024));
  expect(await deliver(push())).toBe(202);
  const ends = endsOf(held);
  await eventually('most of them give way', () => ends.length >= 250);
  expect(ends).toContain(503);
  expect((await mostMemory()) - before).toBeLessThan(30 * MIB);
});

test('a whole body with a wrong signature is 401 as before, and the largest that is signed is taken [B1]', async () => {
  expect(await sendUnsigned(MIB, MIB)).toBe(401);
  const body = push();
  expect(await deliver(push({ padding: 'x'.repeat(25 * MIB - body.length - 20) }))).toBe(202);
  expect(await deliver(`${push({ padding: 'x'.repeat(MIB) })}}`)).toBe(400);
});
