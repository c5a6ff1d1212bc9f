import { existsSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { startServer } from '../../../api/server.ts';
import type { LogLine } from '../../../contracts/deployment/logs.ts';
import { keepLogs } from '../../support/kept-logs.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { HOST_TOKEN, NO_TEMPORAL, OTHER_HOST_TOKEN, TOKEN, startApi, type Api } from '../harness.ts';
import { recordBuildState } from '../../../store/queries/record-build.ts';
import { seedDeployment, seedService } from '../seed.ts';
import { followEvents } from './event-source.ts';

let api: Api;
let url: string;
let number = 0;
let stream: string;
let file: string;

beforeAll(async () => {
  api = await startApi({ address: NO_TEMPORAL });
  await seedService(api.store);
  const server = await startServer({ app: api.app, hostname: '127.0.0.1', port: 0 });
  onCleanup(() => server.close());
  url = server.url;
  await mkdir(api.deps.logDir, { recursive: true });
});

beforeEach(() => {
  number += 1;
  stream = `build-test.${number}`;
  file = join(api.deps.logDir, `${stream}.log`);
});

const line = (text: string, at = 1): LogLine => ({ at, source: 'build', text });
const write = (...lines: LogLine[]) => appendFile(file, lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => line(`line ${from + i} ✓`));

async function whole(query = ''): Promise<LogLine[]> {
  const response = await api.ask(`/api/logs/${stream}${query}`);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson; charset=utf-8']);
  const text = await response.text();
  return z.array(z.custom<LogLine>()).parse(
    text
      .split('\n')
      .filter(Boolean)
      .map((raw): unknown => JSON.parse(raw)),
  );
}

/** The build that this log is of, on the host whose token `send` shows. */
const begun = (state: 'building' | 'failed' = 'building', at = Date.now()) =>
  recordBuildState(api.store.db, { buildId: stream.slice('build-'.length), state, at, host: 'host-a' });
const send = (body: string, headers: Record<string, string> = {}) =>
  api.ask(`/api/logs/${stream}`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${HOST_TOKEN}`, ...headers },
  });

describe('reading a log', () => {
  test('whole, in order, as the sink wrote it [B12]', async () => {
    await keepLogs(api.deps.logDir).append(stream, numbered(0, 3000));
    expect(await whole()).toEqual(numbered(0, 3000));
  });

  test('from an offset [B12]', async () => {
    await write(line('one'), line('two'));
    const first = Buffer.byteLength(`${JSON.stringify(line('one'))}\n`);
    expect(await whole(`?from=${first}`)).toEqual([line('two')]);
  });

  test('a line that is still being written, or that a crash tore, hides nothing [B12]', async () => {
    await writeFile(file, `${JSON.stringify(line('one'))}\n{"at":1,"sour\n${JSON.stringify(line('two'))}\n{"at":`);
    expect((await whole()).map(({ text }) => text)).toEqual(['one', '{"at":1,"sour', 'two']);
  });

  test('a line without end is left out, and what follows is there [B12]', async () => {
    await writeFile(file, `${'x'.repeat(3 * 1024 * 1024)}\n${JSON.stringify(line('after'))}\n`);
    expect((await whole()).at(-1)).toEqual(line('after'));
  });
});

describe('following a log', () => {
  test('a reconnect loses no line and repeats none [B12]', async () => {
    await write(...numbered(0, 50));
    const seen: LogLine[] = [];
    let lastId: string | undefined;
    for (let connection = 0; connection < 6; connection += 1) {
      const from = 50 + connection * 50;
      const writing = write(...numbered(from, from + 50));
      // Breaks off wherever it happens to be.
      const part = await followEvents(`${url}/api/logs/${stream}?follow=1`, { token: TOKEN, lastId, stopAfter: 30 });
      await writing;
      seen.push(...part.lines);
      lastId = part.lastId;
    }
    const rest = await followEvents(`${url}/api/logs/${stream}?follow=1`, {
      token: TOKEN,
      lastId,
      stopAfter: 350 - seen.length,
    });
    expect([...seen, ...rest.lines]).toEqual(numbered(0, 350));
  });

  test('lines written while somebody looks arrive; the file may come later [B12]', async () => {
    const id = await seedDeployment(api.store, { sequence: 1000, state: 'switching' });
    stream = `deployment-${id}`;
    file = join(api.deps.logDir, `${stream}.log`);
    const following = followEvents(`${url}/api/logs/${stream}?follow=1`, {
      token: TOKEN,
      stopAfter: 2,
      onOpen: () => write(line('a'), line('b')),
    });
    expect((await following).lines).toEqual([line('a'), line('b')]);
  });

  test('ends when the build or deployment has ended, with everything said before [B12]', async () => {
    const id = await seedDeployment(api.store, { sequence: 1001, state: 'live' });
    stream = `deployment-${id}`;
    file = join(api.deps.logDir, `${stream}.log`);
    await write(...numbered(0, 1000));
    const { lines, ended } = await followEvents(`${url}/api/logs/${stream}?follow=1`, { token: TOKEN });
    expect([lines.length, ended]).toEqual([1000, true]);
  });

  test('an offset beyond the end, of a file that was replaced, starts over [B12]', async () => {
    await write(line('new'));
    const { lines } = await followEvents(`${url}/api/logs/${stream}?follow=1`, {
      token: TOKEN,
      lastId: '999999',
      stopAfter: 1,
    });
    expect(lines).toEqual([line('new')]);
  });

  test('a server that closes ends the stream, and the reader goes on elsewhere [B12][F1]', async () => {
    await write(...numbered(0, 5));
    const first = await startServer({ app: api.app, hostname: '127.0.0.1', port: 0 });
    const broken = await followEvents(`${first.url}/api/logs/${stream}?follow=1`, {
      token: TOKEN,
      onLine: (count) => (count === 5 ? first.close() : undefined),
    });
    expect([broken.lines.length, broken.ended]).toEqual([5, false]);
    await write(...numbered(5, 8));
    const resumed = await followEvents(`${url}/api/logs/${stream}?follow=1`, {
      token: TOKEN,
      lastId: broken.lastId,
      stopAfter: 3,
    });
    expect(resumed.lines).toEqual(numbered(5, 8));
  });
});

describe('taking lines in from a host', () => {
  beforeEach(async () => begun());

  test('another host than the one that it runs on, and everybody after its end, writes nothing [B12][B17]', async () => {
    const body = JSON.stringify(line('forged'));
    expect((await send(body, { authorization: `Bearer ${OTHER_HOST_TOKEN}` })).status).toBe(403);
    const id = await seedDeployment(api.store, { sequence: 1100, state: 'switching' });
    const path = `/api/logs/deployment-${id}`;
    const by = (token: string) =>
      api.ask(path, { method: 'POST', body, headers: { authorization: `Bearer ${token}` } });
    expect([(await by(OTHER_HOST_TOKEN)).status, (await by(HOST_TOKEN)).status]).toEqual([403, 204]);
    const long = await seedDeployment(api.store, { sequence: 1101, state: 'rolled_back' });
    const headers = { authorization: `Bearer ${HOST_TOKEN}` };
    expect((await api.ask(`/api/logs/deployment-${long}`, { method: 'POST', body, headers })).status).toBe(409);
  });

  test.each(['build-no.such.99', 'deployment-a.b.c.1', `build-${'a'.repeat(200)}`])(
    'what nobody has begun has no log to write: %s [B12]',
    async (name) => {
      const headers = { authorization: `Bearer ${HOST_TOKEN}` };
      const init = { method: 'POST', body: JSON.stringify(line('x')), headers };
      expect((await api.ask(`/api/logs/${name}`, init)).status).toBe(404);
      expect(existsSync(join(api.deps.logDir, `${name}.log`))).toBe(false);
    },
  );

  test('the last lines may come after the end, for a while [B12]', async () => {
    await begun('failed');
    expect((await send(JSON.stringify(line('last')))).status).toBe(204);
  });

  test('they are appended as they came [B12][B13]', async () => {
    const body = [line('one'), line('two')].map((one) => JSON.stringify(one)).join('\n');
    expect((await send(body)).status).toBe(204);
    expect((await send(`${JSON.stringify(line('three'))}\n`)).status).toBe(204);
    expect(await whole()).toEqual([line('one'), line('two'), line('three')]);
  });

  test('after a torn line the next is whole [B12]', async () => {
    await writeFile(file, '{"at":1,"sour');
    await send(JSON.stringify(line('next')));
    expect((await readFile(file, 'utf8')).split('\n')[1]).toBe(JSON.stringify(line('next')));
  });

  test.each([
    ['no JSON', 'hello', 422],
    ['an unknown source', JSON.stringify({ at: 1, source: 'mallory', text: 'x' }), 422],
    ['a text that is none', JSON.stringify({ at: 1, source: 'git', text: { a: 1 } }), 422],
    ['a line that is too long', JSON.stringify(line('x'.repeat(64 * 1024 + 1))), 422],
    ['too much at once', 'x'.repeat(16 * 1024 * 1024 + 1), 413],
  ])('%s is refused, and nothing is written [B12]', async (_name, body, status) => {
    expect((await send(body)).status).toBe(status);
    await expect(readFile(file)).rejects.toThrow();
  });

  test.each(['build-../../etc/passwd', 'build-..', 'build-', 'passwd', 'build-a%2fb', 'build-a%00'])(
    'a log named %s does not exist [B12]',
    async (name) => {
      const path = `/api/logs/${name.replaceAll('/', '%2f')}`;
      const init = {
        method: 'POST',
        body: JSON.stringify(line('x')),
        headers: { authorization: `Bearer ${HOST_TOKEN}` },
      };
      expect((await api.ask(path, init)).status).toBe(404);
      expect((await api.ask(path)).status).toBe(404);
    },
  );
});
