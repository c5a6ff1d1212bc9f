/** The release command on the real Podman: once, whatever happens to the worker, and again only on request. */
import { ActivityCancellationDetails } from '@temporalio/common';
import { describe, expect, test } from '@jest/globals';
import { environmentId } from '../../../../contracts/core/ids.ts';
import { logStream } from '../../../../contracts/deployment/logs.ts';
import type { TargetRequest } from '../../../../contracts/deployment/target.ts';
import { eventually } from '../../../support/eventually.ts';
import { activityEnvironment, perform } from '../perform.ts';
import { publish } from '../images.ts';
import { startPodmanPlace } from '../podman-place.ts';

const place = await startPodmanPlace('once');
const target = place.target();
const CANARY = 'canary-of-the-migration';

async function setting(shell: string, timeoutMs = 60_000) {
  const scene = await place.scene('recreate');
  const request = (generation: number): TargetRequest => {
    const base = scene.request('two', generation);
    return { ...base, run: { ...base.run, release: { command: ['sh', '-c', shell], timeoutMs } } };
  };
  return { scene, request };
}

const nameOf = ({ deploymentId, generation }: TargetRequest): string => `landfall.${deploymentId}.${generation}.once`;

/** The number of its starts, by the engine's own account. */
async function startsOf(request: TargetRequest, run = ''): Promise<number> {
  const name = nameOf(request) + run;
  const { stdout } = await place.engine.podman([
    'events',
    '--stream=false',
    '--filter',
    'event=start',
    '--filter',
    `container=${name}`,
  ]);
  return stdout.split('\n').filter((line) => line.includes(name)).length;
}

const logOf = ({ deploymentId }: TargetRequest): readonly string[] =>
  place.logged(logStream('deployment', deploymentId));

/** This environment's containers of commands, and marks that they were begun. */
async function leftOf(request: TargetRequest): Promise<readonly string[]> {
  const filter = ['--filter', `label=landfall.once=${environmentId(request.key)}`];
  const { stdout: containers } = await place.engine.podman(['ps', '--all', ...filter, '--format', '{{.Names}}']);
  const { stdout: volumes } = await place.engine.podman(['volume', 'ls', ...filter, '--format', '{{.Name}}']);
  return `${containers}\n${volumes}`.split('\n').filter((name) => name !== '');
}

/** Cancels like a worker that is stopped: the command itself goes on. */
const letGo = (environment: ReturnType<typeof activityEnvironment>) =>
  environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));

test('runs with the new image, variables and secrets while the old version serves, and its output is logged, masked [B12][B17][B19]', async () => {
  const { scene, request } = await setting('cat /www/index.html; echo "level $LEVEL port $PORT"; echo "$TOKEN" >&2');
  place.variables.set(scene.key, { variables: { LEVEL: 'debug' }, secrets: { TOKEN: CANARY } });
  await perform(target.switchTo, scene.request('one', 10));
  const asked = request(20);
  await perform(target.prepare, asked);
  const captured = await perform(target.capture, asked);

  await perform(target.runOnce, asked);

  expect(await scene.visit()).toBe('ok one');
  expect(logOf(asked)).toEqual(
    expect.arrayContaining([
      'Running the release command on once.',
      'ok two',
      'level debug port 8080',
      '***',
      'The release command ended well.',
    ]),
  );
  expect(logOf(asked).join('\n')).not.toContain(CANARY);
  const observed = await perform(target.observe, asked);
  expect(observed.replicas.map(({ deploymentId }) => deploymentId)).toEqual([captured.running?.deploymentId]);
});

describe('an image whose entrypoint is its server', () => {
  const shell = 'echo "server $0 $*"; exit 9';
  test.each([
    ['exec form', ['sh', '-c', shell, 'entry']],
    ['shell form', ['/bin/sh', '-c', shell]],
  ])('runs the command itself, unless the entrypoint is asked for (%s) [B19]', async (form, entry) => {
    const config = { Entrypoint: entry, Cmd: ['serve'] };
    const version = `entry-${form.slice(0, 4)}`;
    const image = await publish({ repository: place.repository, version, config });
    const scene = await place.scene('recreate');
    const asked = (generation: number, entrypoint?: 'image' | readonly string[]): TargetRequest => {
      const base = scene.request('two', generation, { image });
      const release = { command: ['echo', 'migrated'], timeoutMs: 60_000, ...(entrypoint && { entrypoint }) };
      return { ...base, run: { ...base.run, release } };
    };

    await perform(target.runOnce, asked(10));
    expect(logOf(asked(10))).toContain('migrated');
    expect(logOf(asked(10)).join('\n')).not.toContain('server');

    await expect(perform(target.runOnce, asked(20, 'image'))).rejects.toMatchObject({
      type: 'ReleaseCommandFailed',
      message: expect.stringMatching(/exited with code 9.*server/s),
    });

    await perform(target.runOnce, asked(30, ['sh', '-c', 'echo "before $*"', 'own']));
    expect(logOf(asked(30))).toContain('before echo migrated');
  });
});

test('called again it does not run again, and gives the same answer [B19][F1]', async () => {
  const good = (await setting('echo migrated')).request(10);
  await perform(target.runOnce, good);
  await perform(target.runOnce, good, { attempt: 2 });
  expect(await startsOf(good)).toBe(1);

  const bad = (await setting('echo "relation \\"users\\" exists" >&2; exit 3')).request(10);
  for (const attempt of [1, 2]) {
    await expect(perform(target.runOnce, bad, { attempt })).rejects.toMatchObject({
      type: 'ReleaseCommandFailed',
      nonRetryable: true,
      message: expect.stringMatching(/exited with code 3 on once; nothing was switched.*relation "users" exists/s),
    });
  }
  expect(await startsOf(bad)).toBe(1);
});

describe('a worker that stops in the middle', () => {
  test('lets it run, and the next one follows it to its end [B19][F1]', async () => {
    const { request } = await setting('echo begun; sleep 2; echo done');
    const asked = request(10);
    const environment = activityEnvironment();
    const first = perform(target.runOnce, asked, { environment });
    first.catch(() => undefined);
    await eventually('its first line', () => logOf(asked).includes('begun'));

    letGo(environment);
    await expect(first).rejects.toThrow();
    await perform(place.target().runOnce, asked, { attempt: 2 });

    expect(await startsOf(asked)).toBe(1);
    expect(logOf(asked).slice(-2)).toEqual(['done', 'The release command ended well.']);
  });

  test('at any change that it asks the engine for runs it once in the end [B19][F1]', async () => {
    for (let at = 1; ; at += 1) {
      const { scene, request } = await setting('echo migrated');
      place.variables.set(scene.key, { secrets: { TOKEN: CANARY } });
      const asked = request(10);
      const environment = activityEnvironment();
      place.relays.arm(at, () => letGo(environment));
      const relayed = place.target({ podman: place.relayed.podman });

      await perform(relayed.runOnce, asked, { environment }).catch(() => undefined);
      if (place.relays.count() < at) break;
      await perform(place.target().runOnce, asked, { attempt: 2 });

      expect({ at, starts: await startsOf(asked) }).toEqual({ at, starts: 1 });
    }
  });
});

test('another run is asked for by its number: it runs anew, once, and goes with the next deployment [B19][F2]', async () => {
  const { scene, request } = await setting('echo "no such table" >&2; exit 3');
  const first = request(10);
  await expect(perform(target.runOnce, first)).rejects.toMatchObject({ type: 'ReleaseCommandFailed' });
  const again = { ...first, releaseRun: 2 };
  for (const attempt of [1, 2]) {
    await expect(perform(target.runOnce, again, { attempt })).rejects.toMatchObject({ type: 'ReleaseCommandFailed' });
  }
  const names = [nameOf(first), `${nameOf(first)}.2`];
  expect(await leftOf(first)).toEqual([...names, ...names]);
  expect(await Promise.all([startsOf(first), startsOf(first, '.2')])).toEqual([1, 1]);

  const usual = request(20);
  const next = { ...usual, run: { ...usual.run, release: { command: ['true'], timeoutMs: 5_000 } } };
  const captured = await perform(target.capture, next);
  await perform(target.runOnce, next);
  await perform(target.switchTo, next);
  await perform(target.finalize, { request: next, captured });
  expect(await leftOf(next)).toEqual([nameOf(next), nameOf(next)]);
  expect(await scene.visit()).toBe('ok two');
});

test('one that was begun and is gone is not run again: the failure says so and what to do [B19]', async () => {
  const { request } = await setting('echo migrated');
  const asked = request(10);
  await perform(target.runOnce, asked);
  await place.engine.podman(['rm', '--force', nameOf(asked)]);

  await expect(perform(target.runOnce, asked, { attempt: 2 })).rejects.toMatchObject({
    type: 'ReleaseCommandFailed',
    nonRetryable: true,
    message: expect.stringMatching(
      /It is not known whether .* its container is gone.*not run again by itself.*release again/s,
    ),
  });
  expect(await startsOf(asked)).toBe(1);
});

describe('a number that was given twice', () => {
  test("is not the same command: the other commit's is run, whatever has run under that number [B19][B4]", async () => {
    const { request } = await setting('echo migrated');
    const forgotten = request(10);
    await perform(target.runOnce, forgotten);
    const asked = { ...request(20), deploymentId: forgotten.deploymentId, commit: 'b'.repeat(40) };

    await perform(target.runOnce, asked);
    await perform(target.runOnce, asked, { attempt: 2 });

    expect([await startsOf(forgotten), await startsOf(asked)]).toEqual([1, 1]);
  });

  test('is the same command for the same commit: it is followed, and not run again when it is gone [B19][F1]', async () => {
    const { request } = await setting('echo migrated');
    const before = request(10);
    await perform(target.runOnce, before);
    const again = { ...before, generation: 20 };

    await perform(target.runOnce, again);
    expect([await startsOf(before), await startsOf(again)]).toEqual([1, 0]);

    await place.engine.podman(['rm', '--force', nameOf(before)]);
    await expect(perform(target.runOnce, again)).rejects.toMatchObject({ type: 'ReleaseCommandFailed' });
  });

  test('a mark from before generations were in it keeps its command from being run again [B19]', async () => {
    const { request } = await setting('echo migrated');
    const asked = request(10);
    const name = `landfall.${asked.deploymentId}.once`;
    await place.engine.podman(['volume', 'create', '--label', `landfall.once=${environmentId(asked.key)}`, name]);

    await expect(perform(target.runOnce, asked)).rejects.toMatchObject({ type: 'ReleaseCommandFailed' });
    expect(await startsOf(asked)).toBe(0);
  });
});

test('one that takes longer than its time is killed, and has failed [B19]', async () => {
  const { request } = await setting('echo waiting for a lock; sleep 60', 1_500);
  const asked = request(10);

  await expect(perform(target.runOnce, asked)).rejects.toMatchObject({
    type: 'ReleaseCommandFailed',
    message: expect.stringMatching(/did not end within 1\.5 s and was killed.*waiting for a lock/s),
  });
  const { stdout } = await place.engine.podman(['inspect', '--format', '{{.State.Status}}', nameOf(asked)]);
  expect(stdout.trim()).toBe('exited');
});

test('a cancel ends it [B19][E3]', async () => {
  const { request } = await setting('echo begun; sleep 60');
  const asked = request(10);
  const environment = activityEnvironment();
  const running = perform(target.runOnce, asked, { environment });
  running.catch(() => undefined);
  await eventually('its first line', () => logOf(asked).includes('begun'));

  environment.cancel();

  await expect(running).rejects.toThrow();
  const { stdout } = await place.engine.podman(['inspect', '--format', '{{.State.Running}}', nameOf(asked)]);
  expect(stdout.trim()).toBe('false');
});

test('a command that the image does not have is a mistake in landfall.yaml [B19]', async () => {
  const { scene } = await setting('');
  const base = scene.request('two', 10);
  const asked = { ...base, run: { ...base.run, release: { command: ['no-such-program'], timeoutMs: 5_000 } } };

  await expect(perform(target.runOnce, asked)).rejects.toMatchObject({
    type: 'InvalidConfiguration',
    message: expect.stringContaining('no-such-program'),
  });
});

test('without a release command nothing happens; a deployment that was overtaken runs none [B19]', async () => {
  const { scene, request } = await setting('echo migrated');
  await perform(target.runOnce, scene.request('two', 10));
  expect(await leftOf(request(10))).toEqual([]);

  await perform(target.prepare, request(20));
  await expect(perform(target.runOnce, request(10))).rejects.toMatchObject({ type: 'StaleGeneration' });
  expect(await leftOf(request(10))).toEqual([]);
});

test('what is left of it stays until the next deployment, and goes with the environment [B19]', async () => {
  const { scene, request } = await setting('echo migrated');
  const [first, second] = [request(10), request(20)];
  for (const asked of [first, second]) {
    await perform(target.prepare, asked);
    const captured = await perform(target.capture, asked);
    await perform(target.runOnce, asked);
    await perform(target.switchTo, asked);
    await perform(target.finalize, { request: asked, captured });
    expect(await leftOf(asked)).toEqual([nameOf(asked), nameOf(asked)]);
  }

  await perform(target.remove, { key: scene.key, generation: 21 });
  expect(await leftOf(second)).toEqual([]);
});
