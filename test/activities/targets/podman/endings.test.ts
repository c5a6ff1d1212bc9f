/** The message gives the reason for a container's end, whatever it printed, and however much. */
import { statSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { PodmanError, type PodmanClient } from '../../../../activities/podman/client.ts';
import { endedBy } from '../../../../activities/targets/ending.ts';
import { logLimit } from '../../../../activities/targets/podman/log-limit.ts';
import { failure } from '../../../../contracts/core/failures.ts';
import { HostSettings } from '../../../../contracts/config/host.ts';
import type { RunSettings } from '../../../../contracts/config/service.ts';
import { logStream } from '../../../../contracts/deployment/logs.ts';
import type { TargetRequest } from '../../../../contracts/deployment/target.ts';
import { perform } from '../perform.ts';
import { PORT, publish } from '../images.ts';
import { startPodmanPlace } from '../podman-place.ts';
import { failing, failingOnceUp } from './once-up.ts';

const place = await startPodmanPlace('endings');
const target = place.target();
const CANARY = 'canary-of-the-check';

/** A first deployment that runs this. */
async function running(shell: string, changes: Partial<RunSettings> = {}): Promise<TargetRequest> {
  const base = (await place.scene('recreate')).request('one', 10);
  const run = { port: PORT, env: {}, stopTimeoutMs: 1_000, command: ['sh', '-c', shell], ...changes };
  return { ...base, run, health: { ...base.health, timeoutMs: 30_000 } };
}

/** Once; started again it waits. The log of one that goes on printing holds its latest run only. */
const once = (shell: string, later = 'sleep 60') => `if [ -e /again ]; then ${later}; else touch /again; ${shell}; fi`;

/** The engine's log file of it. */
async function logFileOf({ deploymentId }: TargetRequest): Promise<string> {
  const format = '{{.HostConfig.LogConfig.Path}}';
  const name = `landfall.${deploymentId}.10`;
  return (await place.engine.podman(['inspect', '--format', format, name])).stdout.trim();
}

const line60 = 'head -c 60000000 /dev/zero | tr "\\0" x';

describe('a service that prints a lot', () => {
  test.each([
    ['one line of 60 MB, and last words', `${line60}; echo; echo last words; exit 3`, 'last words'],
    ['one line of 60 MB without an end', `${line60}; exit 3`, 'x'.repeat(400)],
    ['many lines', 'yes "a line of ordinary length" | head -c 40000000; echo last words; exit 3', 'last words'],
  ])('%s: its code and the end are said, and the host keeps 10 MB [C3][E6]', async (_, shell, said) => {
    const asked = await running(once(shell));

    const error = await failing(target, asked);

    expect(error).toMatchObject({ type: 'ContainerExited', nonRetryable: false });
    expect(error.message).toMatch(/exited with code 3\./);
    expect(error.message).toContain(said);
    expect(error.message.length).toBeLessThan(2_500);
    expect(statSync(await logFileOf(asked)).size).toBeLessThan(11_000_000);
  });

  test.each([
    ['one line without an end', 'head -c 3000000 /dev/zero | tr "\\0" y; sleep 60'],
    ['other words', 'echo of a later run; sleep 60'],
  ])(
    'that is started again before its log is read, and then prints %s, is still known by its first end [C3][E6]',
    async (_, later) => {
      const first = `${line60}; echo; echo last words; exit 3`;

      const error = await failing(target, await running(once(first, later)));

      expect(error.message).toMatch(/exited with code 3\. Its last lines:\nlast words$/);
    },
  );

  test.each([
    ['the engine refuses', new PodmanError(500, 'no such log driver')],
    ['the engine is away', failure('EngineUnavailable', 'nobody answers')],
    ['it takes too long', new DOMException('timed out', 'TimeoutError')],
  ])(
    'a log that cannot be read (%s) is no reason: the code is said, and why it could not be read [C3][E6]',
    async (_, error) => {
      const podman: PodmanClient = {
        ...place.podman,
        async *chunks() {
          yield* [];
          throw error;
        },
      };
      const asked = await running('exit 3');

      await expect(perform(place.target({ podman }).switchTo, asked)).rejects.toMatchObject({
        type: 'ContainerExited',
        message: expect.stringMatching(new RegExp(`exited with code 3.*could not be read: ${error.message}`, 's')),
      });
    },
  );

  test("a host's own limit, and its journal [C2]", () => {
    const host = (logs: unknown) => HostSettings.parse({ name: 'a', podmanSocket: '/p', workDir: '/w', logs });

    expect(logLimit(HostSettings.parse({ name: 'a', podmanSocket: '/p', workDir: '/w' }))).toEqual({
      log_configuration: { driver: 'k8s-file', size: 10_000_000 },
    });
    expect(logLimit(host({ maxSize: '2gb' })).log_configuration).toEqual({ driver: 'k8s-file', size: 2e9 });
    expect(logLimit(host({ driver: 'journald' })).log_configuration).toEqual({ driver: 'journald' });
    expect(() => host({ maxSize: 'much' })).toThrow(/10mb/);
  });
});

describe('a container that wants more memory than it may have', () => {
  const eater = 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done';

  test('is told so, with its limit and what to do [C3][E6]', async () => {
    const error = await failing(target, await running(eater, { memoryBytes: 16_000_000 }));

    expect(error).toMatchObject({ type: 'ContainerExited', nonRetryable: false });
    expect(error.message).toMatch(/exited with code 137\. It .*killed.* 16 MB \(run\.memory\)\. Raise it/s);
  });

  test('as a release command, too [B19]', async () => {
    const base = await running('true', { memoryBytes: 16_000_000 });
    const release = { command: ['sh', '-c', eater], timeoutMs: 60_000 };
    const asked = { ...base, run: { ...base.run, release } };

    await expect(perform(target.runOnce, asked)).rejects.toMatchObject({
      type: 'ReleaseCommandFailed',
      message: expect.stringMatching(/exited with code 137 .*16 MB \(run\.memory\)\. Raise it/s),
    });
  });

  test.each([
    [{ exitCode: 1, oomKilled: false }, {}, /^$/],
    [{ exitCode: 137, oomKilled: false }, {}, /short of memory.*run\.memory/],
    [{ exitCode: 137, oomKilled: true }, { memoryBytes: 64e6 }, /ran out of memory.*64 MB/],
    [{ exitCode: 1, oomKilled: true }, { memoryBytes: 64e6 }, /ran out of memory.*64 MB/],
  ])('%j with %j', (detail, run, words) => {
    expect(endedBy(detail, run)).toMatch(words);
  });
});

test('a HEALTHCHECK that fails says what it said, without secrets [C3][E6]', async () => {
  const config = { Healthcheck: { Test: ['CMD-SHELL', 'echo "no table users for $TOKEN"; exit 4'] } };
  const image = await publish({ repository: place.repository, version: 'checked', config });
  const scene = await place.scene('recreate');
  place.variables.set(scene.key, { secrets: { TOKEN: CANARY } });
  const base = scene.request('one', 10, { image });
  const asked = { ...base, health: { ...base.health, kind: 'container' as const, timeoutMs: 1_500 } };

  const error = await failingOnceUp(target, asked);

  expect(error).toMatchObject({ type: 'Unhealthy' });
  expect(error.message).toMatch(/HEALTHCHECK of \S+ failed.*It said: no table users for \*\*\*/s);
  const logged = place.logged(logStream('deployment', asked.deploymentId)).join('\n');
  expect(logged).toContain('no table users');
  expect(error.message + logged).not.toContain(CANARY);
});
