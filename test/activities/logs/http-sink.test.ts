import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { createHttpLogSink } from '../../../activities/logs/http-sink.ts';
import type { LogLine } from '../../../contracts/deployment/logs.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';

const STREAM = 'build-shop.web.42';
const line = (text: string): LogLine => ({ at: 1, source: 'build', text });
const numbers = (count: number) => Array.from({ length: count }, (_, i) => line(String(i)));

/** A log intake that answers each request with the next of these statuses, then with 202. */
async function intake(...statuses: readonly number[]) {
  const queue = [...statuses];
  const requests: { path: string; authorization: string; texts: string[]; status: number }[] = [];
  const answer = async (req: IncomingMessage, res: ServerResponse) => {
    let body = '';
    for await (const chunk of req.setEncoding('utf8')) body += String(chunk);
    const status = queue.shift() ?? 202;
    const texts = body
      .split('\n')
      .filter(Boolean)
      .map((one) => (JSON.parse(one) as LogLine).text);
    requests.push({ path: req.url ?? '', authorization: req.headers.authorization ?? '', texts, status });
    res.writeHead(status).end();
  };
  const server = createServer((req, res) => void answer(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    taken: () => requests.filter(({ status }) => status === 202).flatMap(({ texts }) => texts),
  };
}

function sinkTo(url: string, maxWaiting?: number) {
  const errors: Error[] = [];
  const token = new Secret('host-token-host-token');
  const options = { url, token, retryMs: 5, onError: (error: Error) => errors.push(error) };
  return { sink: createHttpLogSink(maxWaiting === undefined ? options : { ...options, maxWaiting }), errors };
}

test('sends lines in order, in batches, with the token in a header [B12]', async () => {
  const server = await intake();
  const { sink } = sinkTo(server.url);

  for (const one of numbers(1_000)) await sink.append(STREAM, [one]);
  await sink.close(10_000);

  expect(server.taken()).toEqual(numbers(1_000).map(({ text }) => text));
  expect(server.requests.length).toBeLessThan(100);
  expect(server.requests[0]).toMatchObject({
    path: `/api/logs/${STREAM}`,
    authorization: 'Bearer host-token-host-token',
  });
});

test('what could not be sent is sent again, in order [B12]', async () => {
  const server = await intake(503, 500, 401);
  const { sink, errors } = sinkTo(server.url);

  await sink.append(STREAM, numbers(3));
  await sink.append(STREAM, [line('3')]);
  await eventually('all lines', () => server.taken().length >= 4);
  await sink.close(10_000);

  expect(server.taken()).toEqual(['0', '1', '2', '3']);
  expect(errors).toHaveLength(3);
  expect(errors.map(String).join('\n')).not.toContain('host-token');
});

test('while the server is away only the newest lines are kept, and the log says how many are missing', async () => {
  const server = await intake(...Array.from({ length: 20 }, () => 503));
  const { sink } = sinkTo(server.url, 10);

  await sink.append(STREAM, numbers(25));
  await eventually('the first lines', () => server.taken().length > 0);
  await sink.close(10_000);

  expect(server.taken()).toEqual([
    '15 lines were dropped here: the log could not be sent.',
    ...numbers(25)
      .slice(15)
      .map(({ text }) => text),
  ]);
});

test.each([400, 413, 422])('a batch that is refused with %i is given up, the ones after it are not', async (status) => {
  const server = await intake(status);
  const { sink, errors } = sinkTo(server.url);

  await sink.append(STREAM, [line('poison')]);
  await eventually('a refusal', () => errors.length > 0);
  await sink.append(STREAM, [line('good')]);
  await sink.close(10_000);

  expect(server.taken()).toEqual(['good']);
  expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining(`will not take 1 log lines`)]);
});

test('a server that is not there never fails or holds up the work, nor the end', async () => {
  const { sink, errors } = sinkTo('http://127.0.0.1:1');

  await sink.append(STREAM, numbers(5));
  await eventually('two attempts', () => errors.length > 1);
  await sink.close(50);

  expect(errors.at(-1)?.message).toBe('5 log lines of build-shop.web.42 were not sent before the end');
});

test('a stream that is none is dropped and reported', async () => {
  const server = await intake();
  const { sink, errors } = sinkTo(server.url);

  await sink.append('../../admin', [line('x')]);
  await sink.close(1_000);

  expect(server.requests).toEqual([]);
  expect(errors).toHaveLength(1);
});

test('lines of what the other side does not know yet wait for it; for good, they are dropped [B12]', async () => {
  const server = await intake(404, 404);
  const { sink } = sinkTo(server.url);
  await sink.append(STREAM, numbers(2));
  await eventually('all lines', () => server.taken().length === 2);
  await sink.close(1_000);

  const never = await intake(...Array.from({ length: 1_000 }, () => 404));
  const errors: Error[] = [];
  const token = new Secret('host-token-host-token');
  const options = {
    url: never.url,
    token,
    retryMs: 5,
    unknownForMs: 50,
    onError: (error: Error) => errors.push(error),
  };
  const stubborn = createHttpLogSink(options);
  await stubborn.append(STREAM, numbers(2));
  await eventually('the loss', () => errors.some(({ message }) => message.includes('were dropped')));
  await stubborn.close(1_000);
  expect(never.taken()).toEqual([]);
});

test.each([403, 409])('what is answered %i is not sent again [B12]', async (status) => {
  const server = await intake(status);
  const { sink } = sinkTo(server.url);
  await sink.append(STREAM, [line('refused')]);
  await eventually('the answer', () => server.requests.length === 1);
  await sink.append(STREAM, [line('next')]);
  await eventually('the next one', () => server.taken().length === 1);
  await sink.close(1_000);
  expect(server.taken()).toEqual(['next']);
});
