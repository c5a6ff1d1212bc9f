import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { freePort, startProcess, waitUntil, withFreePorts } from '../../infra/dev/process.ts';
import { tempDir } from '../support/tmp.ts';

const shell = async (script: string, env?: Record<string, string>) => {
  const dir = tempDir();
  const logFile = join(dir, 'log');
  const started = await startProcess({
    command: '/bin/sh',
    args: ['-c', script],
    cwd: dir,
    logFile,
    ...(env && { env }),
  });
  const file = (name: string) => () => Promise.resolve(existsSync(join(dir, name)));
  return { started, dir, file, log: () => readFileSync(logFile, 'utf8') };
};
const alive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};
const becomes = async (condition: () => boolean): Promise<boolean> => {
  for (let attempt = 0; attempt < 200 && !condition(); attempt += 1) await delay(25);
  return condition();
};
const READY = { what: 'be ready', timeoutMs: 10_000 };

describe('a program beside us', () => {
  test('reports its exit code, and its output is in the log file [F5]', async () => {
    const { started, log } = await shell('echo out; echo err >&2; exit 7');
    expect(await started.exited).toBe(7);
    expect(log()).toBe('out\nerr\n');
  });

  test('ends with its children when it is stopped [F5]', async () => {
    const { started, dir, file } = await shell('sleep 300 & echo $! > child; touch ready; wait');
    await waitUntil(started, file('ready'), READY);
    const child = Number(readFileSync(join(dir, 'child'), 'utf8'));
    expect(alive(child)).toBe(true);
    await started.stop();
    expect(alive(started.pid)).toBe(false);
    expect(await becomes(() => !alive(child))).toBe(true);
  });

  test('may tidy up when it is stopped, and may not when it is killed [F5]', async () => {
    const script = 'trap "touch tidied; exit 0" TERM; touch ready; while :; do sleep 0.05; done';
    const stopped = await shell(script);
    const killed = await shell(script);
    await waitUntil(stopped.started, stopped.file('ready'), READY);
    await waitUntil(killed.started, killed.file('ready'), READY);
    await Promise.all([stopped.started.stop(), killed.started.kill()]);
    expect(await stopped.file('tidied')()).toBe(true);
    expect(await stopped.started.exited).toBe(0);
    expect(await killed.file('tidied')()).toBe(false);
    expect(await killed.started.exited).toBeNull();
  });

  test('can be stopped twice [F5]', async () => {
    const { started } = await shell('sleep 300');
    await started.stop();
    await expect(started.stop()).resolves.toBeUndefined();
    await expect(started.kill()).resolves.toBeUndefined();
  });

  test('gets none of our environment but what it is given and what every program needs [F3]', async () => {
    process.env['LANDFALL_TEST_SECRET'] = 'hunter2';
    const { started, log } = await shell('env', { GIVEN: 'yes' });
    delete process.env['LANDFALL_TEST_SECRET'];
    await started.exited;
    expect(log()).toContain('GIVEN=yes');
    expect(log()).toMatch(/^PATH=/m);
    expect(log()).not.toContain('hunter2');
  });

  test('that does not exist is an error that names it [F5]', async () => {
    const logFile = join(tempDir(), 'log');
    await expect(startProcess({ command: '/nowhere/tool', args: [], logFile })).rejects.toThrow(
      /^\/nowhere\/tool could not be started: .*ENOENT/,
    );
  });
});

describe('waiting for readiness', () => {
  test('that ends too early is an error with the end of its log [F5]', async () => {
    const { started } = await shell('echo "no such configuration"; exit 1');
    await expect(waitUntil(started, () => Promise.resolve(false), READY)).rejects.toThrow(
      /expected to be ready and ended before it did[^]*no such configuration/,
    );
  });

  test('that takes too long is an error, and the program is gone [F5]', async () => {
    const { started } = await shell('echo thinking; sleep 300');
    const refused = () => Promise.reject(new Error('refused'));
    await expect(waitUntil(started, refused, { what: 'answer', timeoutMs: 100 })).rejects.toThrow(
      /did not within 100 ms/,
    );
    expect(alive(started.pid)).toBe(false);
  });
});

describe('ports', () => {
  test('a free port can be listened on [F5]', async () => {
    const port = await freePort();
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await new Promise((resolve) => connect(port, '127.0.0.1').once('connect', resolve).resume());
    await new Promise((resolve) => server.close(resolve));
  });

  test('two processes that ask for ports at once are never given the same one [F5]', async () => {
    const module = new URL('../../infra/dev/process.ts', import.meta.url).href;
    const script = `import { freePort } from ${JSON.stringify(module)};
      for (let n = 0; n < 300; n += 1) console.log(await freePort());`;
    const ask = async () => {
      const logFile = join(tempDir(), 'ports');
      const { exited } = await startProcess({
        command: process.execPath,
        args: ['--input-type=module', '--eval', script],
        logFile,
      });
      expect(await exited).toBe(0);
      return readFileSync(logFile, 'utf8').trim().split('\n');
    };
    const ports = (await Promise.all([ask(), ask(), ask()])).flat();
    expect(ports).toHaveLength(900);
    expect(new Set(ports).size).toBe(900);
  });

  test('ports that are given back leave no file [F1]', async () => {
    const TMPDIR = tempDir();
    const module = new URL('../../infra/dev/process.ts', import.meta.url).href;
    const script = `import { freePort, releasePorts } from ${JSON.stringify(module)};
      await freePort(); releasePorts(); releasePorts(); await freePort(); await freePort(); releasePorts();`;
    const { exited } = await startProcess({
      command: process.execPath,
      args: ['--input-type=module', '--eval', script],
      env: { TMPDIR },
      logFile: join(tempDir(), 'ports'),
    });
    expect(await exited).toBe(0);
    expect(readdirSync(TMPDIR)).toEqual([]);
  });

  test('a port that somebody else took is chosen again, one that was asked for is not [F5]', async () => {
    const start = (failures: number) => {
      let attempts = 0;
      return async () => {
        attempts += 1;
        if (attempts <= failures) throw new Error('listen tcp 127.0.0.1:1: bind: address already in use');
        return attempts;
      };
    };
    await expect(withFreePorts(false, start(2))).resolves.toBe(3);
    await expect(withFreePorts(false, start(3))).rejects.toThrow('address already in use');
    await expect(withFreePorts(true, start(1))).rejects.toThrow('address already in use');
  });
});
