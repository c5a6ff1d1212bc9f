/** A version that answers well once has to go on doing so (`health.stable`). */
import { describe, expect, test } from '@jest/globals';
import { createPodmanReplicas } from '../../../../activities/targets/podman/target.ts';
import type { HealthSettings } from '../../../../contracts/config/service.ts';
import { logStream } from '../../../../contracts/deployment/logs.ts';
import type { TargetRequest } from '../../../../contracts/deployment/target.ts';
import { eventually } from '../../../support/eventually.ts';
import { perform } from '../perform.ts';
import { PATHS, PORT } from '../images.ts';
import { startPodmanPlace } from '../podman-place.ts';
import { failing, failingOnceUp } from './once-up.ts';

const place = await startPodmanPlace('stable');
const target = place.target();
const STABLE = { forMs: 2_000, successes: 3 };

const changed = (asked: TargetRequest, health: Partial<HealthSettings>, shell?: string): TargetRequest => ({
  ...asked,
  health: { ...asked.health, stable: STABLE, ...health },
  run: { ...asked.run, ...(shell !== undefined && { command: ['sh', '-c', shell] }) },
});

/** Serves until a second after its first request, then ends; started again, a second later. */
const DYING = `httpd -f -vvv -p ${PORT} -h /www 2>>/asked & until grep -q connected /asked; do sleep 0.1; done; sleep 1; echo "the cache is full" >&2; exit 3`;

describe.each(['recreate', 'blue-green'] as const)('with %s, a version that has answered well', (strategy) => {
  test('and dies while it has to stay healthy is final, told with code and words, and what ran before is back [E6][C3][A9]', async () => {
    const scene = await place.scene(strategy);
    const one = scene.request('one', 10);
    await perform(target.switchTo, one);
    const asked = changed(scene.request('two', 20), {}, DYING);
    await perform(target.prepare, asked);
    const captured = await perform(target.capture, asked);

    const error = await failing(target, asked);

    expect(error).toMatchObject({ type: 'ContainerExited', nonRetryable: true });
    expect(error.message).toMatch(
      /^Attempt 1 of 3: landfall\.\S+\.20 exited with code 3 some [\d.]+ s after its first good answer, before it had been healthy for 2 s, in 3 checks in a row at least \(health\.stable\)\./,
    );
    expect(error.message).toContain('the cache is full');
    expect(place.logged(logStream('deployment', asked.deploymentId))).toContain('the cache is full');
    if (strategy === 'blue-green') expect(await scene.visit()).toBe('ok one');
    await perform(target.restore, { request: asked, captured });
    expect(await scene.visit()).toBe('ok one');
  });
});

test('dying of a service that is asked by its port alone is seen, too [E6]', async () => {
  const asked = changed((await place.scene('recreate')).request('one', 10), { kind: 'tcp' }, DYING);

  expect(await failing(target, asked)).toMatchObject({ type: 'ContainerExited', nonRetryable: true });
});

test('a version that answers one time in five is not healthy [E6]', async () => {
  const health = { path: PATHS.fifth, timeoutMs: 1_500 };
  const asked = changed((await place.scene('recreate')).request('one', 10), health);

  const error = await failingOnceUp(target, asked);

  expect(error).toMatchObject({ type: 'Unhealthy', nonRetryable: false });
  expect(error.message).toMatch(/answered 503, not 200.*\d+ of \d+ checks were good; it has to be healthy for 2 s/);
});

test('without a time, so many good checks in a row are asked for [E6]', async () => {
  const request = (await place.scene('recreate')).request('one', 10);
  const twice = { path: PATHS.fifth, timeoutMs: 800, stable: { forMs: 0, successes: 2 } };

  expect(await failingOnceUp(target, changed(request, twice))).toMatchObject({ type: 'Unhealthy' });
  const once = { ...twice, timeoutMs: 30_000, stable: { forMs: 0, successes: 1 } };
  await perform(target.switchTo, changed(request, once), { attempt: 2 });
});

test('what stays healthy is live, its log says for how long, and what is restored keeps the setting [E6]', async () => {
  const scene = await place.scene('blue-green');
  const asked = changed(scene.request('one', 10), {});

  await perform(target.switchTo, asked);

  expect(await scene.visit()).toBe('ok one');
  expect(place.logged(logStream('deployment', asked.deploymentId)).join('\n')).toContain('was healthy for 2 s');
  const { running } = await perform(target.capture, scene.request('two', 20));
  expect(running?.health).toEqual(asked.health);
});

/** A key that Landfall does not know, longer than what is shown. */
const KEY_LINE = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ';
const KEY = `(echo "-----BEGIN PRIVATE KEY-----"; for i in $(seq 26); do echo ${KEY_LINE}; done; echo "-----END PRIVATE KEY-----") >&2;`;
const TALKATIVE = DYING.replace('echo', `${KEY} echo`);

describe('what crashes after it was called live', () => {
  const { lookAtReplicas } = createPodmanReplicas(place.deps);
  const watched = ({ key, deploymentId, generation }: TargetRequest, baseline: number | null = 0) => ({
    ...{ key, deploymentId, generation, baseline },
    ...{ isKnown: false, isOut: false },
  });

  test('is seen with its restarts, its code and its last words without a key among them; what does not crash with none [E8]', async () => {
    const scene = await place.scene('blue-green');
    const well = (await place.scene('blue-green')).request('one', 10);
    const base = scene.request('one', 10);
    const asked = { ...base, run: { ...base.run, command: ['sh', '-c', TALKATIVE] } };
    await perform(target.switchTo, well);
    await perform(target.switchTo, asked);
    const gone = scene.request('one', 99);

    const seen = await eventually('three restarts', async () => {
      const found = await perform(lookAtReplicas, [watched(asked), watched(well), watched(gone)]);
      return found.some(({ restarts }) => (restarts ?? 0) >= 3) ? found : undefined;
    });

    expect(seen).toEqual([
      expect.objectContaining({
        ...{ deploymentId: asked.deploymentId, restarts: expect.any(Number) },
        lastEnd: expect.stringMatching(/^It exited with code 3\. Its last lines:\n[^]*the cache is full/),
      }),
      { deploymentId: well.deploymentId, restarts: 0, trouble: null },
      { deploymentId: gone.deploymentId, restarts: null, trouble: 'its container is not there any more.' },
    ]);
    expect(JSON.stringify(seen)).not.toContain(KEY_LINE);
    const [known] = await perform(lookAtReplicas, [{ ...watched(asked), isKnown: true }]);
    expect(known).not.toHaveProperty('lastEnd');
    await perform(target.remove, { key: asked.key, generation: 11 });
  });

  test('is not what is given longer for one answer, and takes it [E8]', async () => {
    const base = (await place.scene('recreate')).request('one', 10);
    const patient = `printf '#!/bin/sh\nsleep 5.5; printf "Content-Type: text/plain\\r\\n\\r\\n"\n' > /www/cgi-bin/patient; chmod 755 /www/cgi-bin/patient`;
    const command = ['sh', '-c', `${patient}; exec httpd -f -p ${PORT} -h /www`];
    const health = { ...base.health, path: '/cgi-bin/patient', timeoutMs: 12_000 };
    const asked = { ...base, run: { ...base.run, command }, health };
    await perform(target.switchTo, asked);

    expect(await perform(lookAtReplicas, [watched(asked)])).toEqual([
      { deploymentId: asked.deploymentId, restarts: 0, trouble: null },
    ]);
    await perform(target.remove, { key: asked.key, generation: 11 });
  });

  test.each(['recreate', 'blue-green'] as const)(
    'with %s, is seen to be down, to hang and to serve again, with its last words and without a key among them [E8]',
    async (strategy) => {
      const base = (await place.scene(strategy)).request('one', 10);
      const command = ['sh', '-c', `${KEY} echo serving >&2; exec httpd -f -p ${PORT} -h /www`];
      const asked = { ...base, run: { ...base.run, command }, health: { ...base.health, timeoutMs: 1_000 } };
      await perform(target.switchTo, asked);
      const name = `landfall.${asked.deploymentId}.${asked.generation}`;
      const look = async (isOut = false) => (await perform(lookAtReplicas, [{ ...watched(asked), isOut }]))[0]?.trouble;
      expect(await look()).toBeNull();

      await place.engine.podman(['kill', '--signal', 'STOP', name]);
      expect(await look()).toMatch(
        /^it does not pass its health check: GET http\S+ was not answered within 1000 ms\.$/,
      );
      expect(await look(true)).toEqual(expect.any(String));
      // Given longer than all others have together, it is waited for nevertheless.
      const hasty = createPodmanReplicas({ ...place.deps, lookTimes: { soonMs: 400, patientMs: 60_000 } });
      expect((await perform(hasty.lookAtReplicas, [watched(asked)]))[0]?.trouble).toMatch(/within 1000 ms\.$/);
      await place.engine.podman(['kill', '--signal', 'CONT', name]);
      expect(await look()).toBeNull();

      await place.engine.podman(['stop', '--time', '0', name]);
      const down = await look();
      expect(down).toMatch(
        /^its container is down \(exited\), and nothing starts it again\. It exited with code 137\./,
      );
      expect(down).toMatch(/Its last lines:\n[^]*serving$/);
      expect(down).not.toContain(KEY_LINE);
      expect(await look(true)).toBe('');
      await place.engine.podman(['start', name]);
      expect(await eventually('it to serve', async () => (await look()) === null)).toBe(true);
      await perform(target.remove, { key: asked.key, generation: 11 });
    },
  );
});
