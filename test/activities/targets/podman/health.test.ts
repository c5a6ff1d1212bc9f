/** One health attempt's result for services that behave and misbehave. */
import { publishedPort } from '../../../support/targets/podman.ts';
import { describe, expect, test } from '@jest/globals';
import type { HealthSettings } from '../../../../contracts/config/service.ts';
import { logStream } from '../../../../contracts/deployment/logs.ts';
import type { TargetRequest } from '../../../../contracts/deployment/target.ts';
import { eventually } from '../../../support/eventually.ts';
import { activityEnvironment, perform } from '../perform.ts';
import { PATHS, PORT, publish } from '../images.ts';
import { startPodmanPlace, visit } from '../podman-place.ts';
import { failing, failingOnceUp } from './once-up.ts';

const place = await startPodmanPlace('health');
const target = place.target();
const RUN = { port: PORT, env: {}, stopTimeoutMs: 1_000 };
const SERVE = `exec httpd -f -p ${PORT} -h /www`;

/** A first deployment. */
async function request(health: Partial<HealthSettings>, shell?: string, changes: Partial<TargetRequest> = {}) {
  const base = (await place.scene('recreate')).request('one', 10);
  return {
    ...base,
    health: { ...base.health, ...health },
    run: { ...RUN, ...(shell !== undefined && { command: ['sh', '-c', shell] }) },
    ...changes,
  };
}

describe('an HTTP check', () => {
  test.each([
    ['a redirect, of which only the host is told', { path: PATHS.redirect }, /answered 302 to login\.example, not 200/],
    ['an error', { path: PATHS.broken }, /answered 500, not 200/],
    ['silence', { path: PATHS.silent }, /was not answered within/],
    ['something, though something else was asked for', { path: PATHS.healthy, status: 204 }, /answered 200, not 204/],
    ['something, and cut off when asked again', { path: PATHS.once, status: 204 }, /answered 200, not 204/],
  ])('answered with %s [E6]', async (_, health, words) => {
    const error = await failingOnceUp(target, await request({ timeoutMs: 1_500, ...health }));

    expect(error).toMatchObject({ type: 'Unhealthy', nonRetryable: false });
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain('token');
  });

  test('of a service that does not listen [E6]', async () => {
    const error = await failing(target, await request({ timeoutMs: 800 }, 'sleep 60'));

    expect(error).toMatchObject({ type: 'Unhealthy', message: expect.stringContaining('nothing listens there') });
  });

  test('of a service that needs a moment passes in its first attempt [E6]', async () => {
    const result = await perform(target.switchTo, await request({}, `sleep 0.7; ${SERVE}`));

    expect(result.healthAttempts).toBe(1);
  });
});

describe('the host and the text of a check', () => {
  const hosted = { path: PATHS.hosted, host: 'shop.example', expect: 'ready', timeoutMs: 2_000 };

  test.each(['recreate', 'blue-green'] as const)(
    'count before the switch, after it, and for what is restored (%s) [E6][E7][A9]',
    async (strategy) => {
      const scene = await place.scene(strategy);
      const one = scene.request('one', 10);
      const live = { ...one, health: { ...one.health, ...hosted } };
      const { host: _, ...without } = live.health;
      const failed = { ...scene.request('two', 20), health: { ...without, timeoutMs: 800 } };
      await perform(target.switchTo, live);

      expect(await perform(target.observe, live)).toMatchObject({ healthy: true });
      const captured = await perform(target.capture, failed);
      expect(captured.running?.health).toEqual(live.health);
      const error = await failingOnceUp(target, failed);
      expect(error.message).toMatch(
        /GET http:\/\/127\.0\.0\.1:(\d+)\/cgi-bin\/hosted \(Host: 127\.0\.0\.1:\1\) answered 400, not 200\. Its body begins: "unknown host 127\.0\.0\.1:\1"/,
      );
      const lost = scene.request('one', 10);
      await scene.loseReplica(lost);
      await perform(target.restore, { request: failed, captured });
      expect(await perform(target.observe, failed)).toMatchObject({ healthy: true });

      const other = { ...scene.request('three', 30), health: { ...live.health } };
      await perform(target.switchTo, other);
      await place.engine.podman([
        'exec',
        `landfall.${other.deploymentId}.30`,
        'sh',
        '-c',
        'echo > /www/cgi-bin/hosted',
      ]);
      const { healthy, reason } = await perform(target.observe, other);
      expect(healthy).toBe(false);
      expect(reason).toContain(
        `GET http://127.0.0.1:${publishedPort(other.kindSettings)}/cgi-bin/hosted (Host: shop.example)`,
      );
    },
  );
});

describe('a container that ends', () => {
  test('is reported with its code and last words, which are logged, and starts again for the next attempt [E6]', async () => {
    const asked = await request({ timeoutMs: 5_000 }, 'echo starting; echo "no database" >&2; sleep 0.2; exit 7');

    const first = await failing(target, asked);
    const second = await perform(target.switchTo, asked, { attempt: 2 }).catch((error: unknown) => error);

    for (const [attempt, error] of [first, second].entries()) {
      expect(error).toMatchObject({ type: 'ContainerExited', nonRetryable: false });
      expect((error as Error).message).toMatch(new RegExp(`^Attempt ${attempt + 1} of 3: .* exited with code 7`));
      expect((error as Error).message).toContain('no database');
    }
    const logged = place.logged(logStream('deployment', asked.deploymentId));
    // Its restart policy may add one of its own between the two attempts.
    expect(logged.filter((line) => line === 'no database').length).toBeGreaterThanOrEqual(2);
  });

  test('because its command does not exist is no matter of health', async () => {
    const error = await failing(target, { ...(await request({})), run: { ...RUN, command: ['/no/such/program'] } });

    expect(error).toMatchObject({ type: 'InvalidConfiguration', nonRetryable: true });
  });

  test('once it serves is back without us', async () => {
    const asked = await request({});
    const { url } = await perform(target.switchTo, asked);
    const { stdout } = await place.engine.podman([
      'inspect',
      '--format',
      '{{.State.Pid}}',
      `landfall.${asked.deploymentId}.10`,
    ]);

    process.kill(Number(stdout.trim()), 'SIGKILL');

    await eventually('the service to be back', async () => {
      const { stdout: now } = await place.engine.podman([
        'inspect',
        '--format',
        '{{.State.Pid}}',
        `landfall.${asked.deploymentId}.10`,
      ]);
      return Number(now) > 0 && now !== stdout && (await visit(url)) === 'ok one';
    });
  });
});

describe('the other kinds of check', () => {
  test("the image's own HEALTHCHECK passes or fails [C3]", async () => {
    const publishWith = (check: 'passes' | 'fails') => publish({ repository: place.repository, version: check, check });
    const [good, bad] = [await publishWith('passes'), await publishWith('fails')];

    const passing = await request({ kind: 'container' }, undefined, { image: good });
    await perform(target.switchTo, passing);
    const observation = await perform(target.observe, passing);
    const error = await failing(
      target,
      await request({ kind: 'container', timeoutMs: 1_000 }, undefined, { image: bad }),
    );

    expect(observation.healthy).toBe(true);
    expect(error).toMatchObject({ type: 'Unhealthy', message: expect.stringContaining('HEALTHCHECK') });
  });

  test.each(['recreate', 'blue-green'] as const)('a port that accepts (%s)', async (strategy) => {
    const asked = (await place.scene(strategy)).request('one', 10);
    const tcp = { ...asked, health: { ...asked.health, kind: 'tcp' as const } };

    await perform(target.switchTo, tcp);

    expect(await perform(target.observe, tcp)).toMatchObject({ healthy: true });
    const deaf = await failing(target, await request({ kind: 'tcp', timeoutMs: 500 }, 'sleep 60'));
    expect(deaf).toMatchObject({ type: 'Unhealthy' });
  });

  test('a proxy accepts by itself: a dead service behind it is still seen', async () => {
    const asked = (await place.scene('blue-green')).request('one', 10);
    const tcp = {
      ...asked,
      health: { ...asked.health, kind: 'tcp' as const, timeoutMs: 3_000 },
      run: {
        ...RUN,
        command: [
          'sh',
          '-c',
          `httpd -p ${PORT} -h /www; while [ ! -e /tmp-gone ]; do sleep 0.1; done; killall httpd; sleep 600`,
        ],
      },
    };
    await perform(target.switchTo, tcp);

    await place.engine.podman(['exec', `landfall.${asked.deploymentId}.10`, 'touch', '/tmp-gone']);

    await eventually('the dead service to be seen', async () => (await perform(target.observe, tcp)).healthy === false);
  });
});

test('settings reach the container: environment, memory, the port it is told', async () => {
  const asked = await request(
    {},
    `echo "$GREETING $PORT" > /www/index.html; cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max > /www/memory 2>/dev/null; ${SERVE}`,
  );
  const { url } = await perform(target.switchTo, {
    ...asked,
    run: { ...asked.run, env: { GREETING: 'hello' }, memoryBytes: 65_536_000 },
  });

  expect(await visit(url)).toBe(`hello ${PORT}`);
  expect(await visit(`${url}/memory`)).toBe('65536000');
});

test('a cancel ends an attempt that waits, and leaves what it made to be taken back', async () => {
  const asked = await request({ timeoutMs: 60_000 }, 'sleep 600');
  const environment = activityEnvironment();
  environment.on('heartbeat', () => {
    environment.cancel();
  });

  await expect(perform(target.switchTo, asked, { environment })).rejects.toMatchObject({ name: 'CancelledFailure' });

  await perform(target.restore, { request: asked, captured: { place: place.name, running: null } });
  expect(await perform(target.observe, asked)).toMatchObject({ replicas: [] });
});
