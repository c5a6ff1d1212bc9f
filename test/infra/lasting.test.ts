/** Programs that go on when the process that started them ends: found, adopted, replaced, and never mistaken. */
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer as createHttp, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import type { Made, Memory } from '../../infra/dev/daemon.ts';
import { endProcess } from '../../infra/dev/daemon.ts';
import { identityOf, isAlive, isRunning } from '../../infra/dev/identity.ts';
import { freePort, startProcess } from '../../infra/dev/process.ts';
import { lastingProxy, proxiesOf } from '../../infra/dev/proxy.ts';
import type { DevProxyLimits } from '../../infra/dev/proxy-config.ts';
import { lastingRegistry, registriesOf } from '../../infra/dev/registry.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/tmp.ts';

/** The memory that `landfall up` keeps in its record. */
function memory(): Memory & { made: Made | undefined } {
  const kept: Memory & { made: Made | undefined } = {
    made: undefined,
    former: () => kept.made,
    remember: async (pid, made) => void (kept.made = { ...(await identityOf(pid)), made }),
  };
  return kept;
}

function proxyFolder() {
  const dir = tempDir();
  onCleanup(async () => {
    for (const pid of await proxiesOf(dir)) await endProcess(pid);
  });
  return dir;
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It has no port.');
  return address.port;
}

/** A service that says its name. */
async function service(says: string): Promise<number> {
  const server = createHttp((_request, response) => response.end(says));
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  return listening(server);
}

/** A service that speaks freely: it sends back whatever it is sent. */
async function echo(): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined).pipe(socket);
  });
  onCleanup(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return listening(server);
}

async function stream(port: number) {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  await once(socket, 'connect');
  onCleanup(() => void socket.destroy());
  return {
    says: async (text: string) => {
      const answer = once(socket, 'data');
      socket.write(text);
      return String((await answer)[0]);
    },
  };
}

const section = (name: string, mode: 'http' | 'tcp', port: number, upstream: number): string =>
  `frontend ${name}\n  mode ${mode}\n  bind 127.0.0.1:${port}\n  default_backend ${name}\nbackend ${name}\n  mode ${mode}\n  server one 127.0.0.1:${upstream}\n`;

/** Asks without a pause until it is stopped. @returns what was answered, and how often */
function visitors(port: number) {
  const seen = new Map<string, number>();
  let visiting = true;
  const done = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (visiting) {
        const text = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } }).then(
          (answer) => answer.text(),
          (error: unknown) => `failed: ${String(error)}`,
        );
        seen.set(text, (seen.get(text) ?? 0) + 1);
      }
    }),
  );
  return async () => {
    visiting = false;
    await done;
    return [...seen.keys()];
  };
}

describe('the proxy that outlives us', () => {
  test('is adopted by the next start as it is, and replaced without a lost request or stream when its base configuration changes [F1][C5]', async () => {
    const [dir, kept] = [proxyFolder(), memory()];
    const [port, free] = [await freePort(), await freePort()];
    writeFileSync(
      join(dir, 'landfall.cfg'),
      section('web', 'http', port, await service('served')) + section('free', 'tcp', free, await echo()),
    );
    const start = (limits: DevProxyLimits = {}) => lastingProxy({ dir, limits }, kept);

    const first = await start();
    expect(first).toMatchObject({ adopted: false });
    const connection = await stream(free);
    expect(await connection.says('one')).toBe('one');
    const leave = visitors(port);
    expect(await start()).toMatchObject({ adopted: true, pid: first.pid });

    for (const maxConnections of [500, 600, 700]) {
      const before = kept.made?.pid;
      const next = await start({ maxConnections });
      expect(next.pid).not.toBe(before);
      expect(await tell(next.adminSocket, 'show info')).toContain(`Maxconn: ${maxConnections}\n`);
      expect(await start({ maxConnections })).toMatchObject({ adopted: true, pid: next.pid });
    }

    expect(await leave()).toEqual(['served']);
    expect(await connection.says('two')).toBe('two');
  });

  test('is found again when the record of it is lost, and loses no request [F1]', async () => {
    const dir = proxyFolder();
    const port = await freePort();
    writeFileSync(join(dir, 'landfall.cfg'), section('web', 'http', port, await service('served')));
    const first = await lastingProxy({ dir }, memory());
    const leave = visitors(port);
    await lastingProxy({ dir }, memory());
    await eventually('the former one to have left', () => !isAlive(first.pid));
    expect(await leave()).toEqual(['served']);
    expect(await proxiesOf(dir)).toHaveLength(1);
  });

  test('runs on when the one that would replace it is refused [F1]', async () => {
    const [dir, kept] = [proxyFolder(), memory()];
    const port = await freePort();
    const file = join(dir, 'landfall.cfg');
    writeFileSync(file, section('web', 'http', port, await service('served')));
    const { pid } = await lastingProxy({ dir }, kept);
    writeFileSync(file, 'frontend nonsense\n  bind nowhere\n');
    await expect(lastingProxy({ dir, limits: { maxConnections: 500 } }, kept)).rejects.toThrow(/nowhere/);
    expect(isAlive(pid)).toBe(true);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('served');
  });

  test('that died is started anew; one that hangs is ended first [F1]', async () => {
    const [dir, kept] = [proxyFolder(), memory()];
    const first = await lastingProxy({ dir }, kept);
    process.kill(-first.pid, 'SIGKILL');
    const second = await lastingProxy({ dir }, kept);
    expect(second).toMatchObject({ adopted: false });
    process.kill(-second.pid, 'SIGSTOP');
    expect(await lastingProxy({ dir }, kept)).toMatchObject({ adopted: false });
    expect(isAlive(second.pid)).toBe(false);
  }, 300_000);

  test('of another folder, and a process that only has the same id or names the same file, is left alone [F5]', async () => {
    const [dir, other] = [proxyFolder(), proxyFolder()];
    const [kept, theirs] = [memory(), memory()];
    const stranger = await lastingProxy({ dir: other }, theirs);
    // The record looks like a copy from the other folder.
    kept.made = theirs.made;
    const reader = await startProcess({
      command: '/bin/sh',
      args: ['-c', 'sleep 300; exit', 'haproxy', join(dir, 'base.cfg')],
      logFile: join(tempDir(), 'log'),
    });
    onCleanup(() => reader.kill());

    const ours = await lastingProxy({ dir }, kept);

    expect(ours).toMatchObject({ adopted: false });
    expect([stranger.pid, reader.pid]).not.toContain(ours.pid);
    expect([isAlive(stranger.pid), isAlive(reader.pid)]).toEqual([true, true]);
    expect(await lastingProxy({ dir: other }, theirs)).toMatchObject({ adopted: true, pid: stranger.pid });
  });

  test('is not given more connections than this machine has files for, and says how many it may have [B18]', async () => {
    const starting = lastingProxy({ dir: proxyFolder(), limits: { maxConnections: 1_000_000_000 } }, memory());
    await expect(starting).rejects.toThrow(
      /open files, and a process may open \d+ here.*allow \d+ connections at most/,
    );
  });
});

describe('the registry that outlives us', () => {
  test('is adopted with a download under way; replaced, it finishes that first and the new one has the images [F1][B14]', async () => {
    const [dir, kept, port] = [tempDir(), memory(), await freePort()];
    onCleanup(async () => {
      for (const pid of await registriesOf(dir)) await endProcess(pid);
    });
    const start = () => lastingRegistry({ dir, port, assertFree: async () => undefined }, kept);
    const first = await start();
    const blob = randomBytes(32 * 1024 * 1024);
    const url = await push(`http://${first.address}/v2`, blob);

    const download = await slowly(url);
    expect(await start()).toMatchObject({ adopted: true, pid: first.pid });
    // The record looks like one from before an update of the program.
    if (kept.made) kept.made = { ...kept.made, made: 'another version' };
    const second = await start();
    expect(second.pid).not.toBe(first.pid);
    expect(isAlive(first.pid)).toBe(true);
    const again = await slowly(url);

    expect(await download.rest()).toBe(digestOf(blob));
    expect(await again.rest()).toBe(digestOf(blob));
    await eventually('the former one to have left', () => !isAlive(first.pid));
  }, 300_000);

  test('is not taken for ours by its port: whoever holds that is named [F5]', async () => {
    const server = createHttp((_request, response) => response.end());
    onCleanup(() => void server.close());
    const port = await listening(server);
    const assertFree = async () => {
      throw new Error(`port ${port} is taken`);
    };
    await expect(lastingRegistry({ dir: tempDir(), port, assertFree }, memory())).rejects.toThrow('is taken');
  });
});

test('a process is known by its start: another one with the same id is not running [F5]', async () => {
  const child = await startProcess({ command: '/bin/sleep', args: ['300'], logFile: join(tempDir(), 'log') });
  const identity = await identityOf(child.pid);
  expect(await isRunning(identity)).toBe(true);
  expect(await isRunning({ ...identity, start: `${identity.start}1` })).toBe(false);
  await child.kill();
  expect(await isRunning(identity)).toBe(false);
  expect((await identityOf(child.pid)).start).toBe('gone');
});

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** @returns the blob's address */
async function push(api: string, blob: Buffer): Promise<string> {
  const begun = await fetch(`${api}/infra/lasting/blobs/uploads/`, { method: 'POST' });
  const upload = new URL(begun.headers.get('location') ?? '');
  upload.searchParams.set('digest', digestOf(blob));
  const headers = { 'content-type': 'application/octet-stream' };
  expect((await fetch(upload, { method: 'PUT', headers, body: new Uint8Array(blob) })).status).toBe(201);
  return `${api}/infra/lasting/blobs/${digestOf(blob)}`;
}

/** A download that has begun and goes on when it is read. */
async function slowly(url: string) {
  const [answer] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
  answer.pause();
  return {
    rest: async () => {
      const hash = createHash('sha256');
      for await (const part of answer) hash.update(part as Buffer);
      return `sha256:${hash.digest('hex')}`;
    },
  };
}

/** One command to one of HAProxy's sockets. */
async function tell(socket: string, command: string): Promise<string> {
  const connection = connect(socket).setEncoding('utf8');
  connection.end(`${command}\n`);
  let answer = '';
  for await (const text of connection) answer += String(text);
  return answer;
}
