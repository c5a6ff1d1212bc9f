/** The promises of contracts/deployment/target.ts, as tests for every kind of target, with its real engine. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { CancelledFailure } from '@temporalio/activity';
import { noPages } from '../../../activities/targets/no-pages.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import type { PageActivities } from '../../../contracts/deployment/maintenance.ts';
import type { Captured, Observation, TargetActivities, TargetRequest } from '../../../contracts/deployment/target.ts';
import { eventually } from '../../support/eventually.ts';
import { activityEnvironment, perform } from './perform.ts';

export type Version = 'one' | 'two' | 'three';

/** One environment that nothing has been deployed to. */
export interface Scene {
  readonly key: EnvironmentKey;
  /** A deployment of this version; the program answers "ok <version>" and is healthy. */
  request(version: Version, generation: number, changes?: Partial<TargetRequest>): TargetRequest;
  /** A user's answer, or the reason why there is none. */
  visit(): Promise<string>;
  /** The state, in a form that is equal when nothing was changed. */
  snapshot(): Promise<unknown>;
  /** A person removes a deployment's replica. */
  loseReplica(request: TargetRequest): Promise<void>;
  /** … and its image on the spot. */
  loseImage(request: TargetRequest): Promise<void>;
  /** A person puts another version in the place of a deployment that serves, under its name and labels. */
  disguise(request: TargetRequest, version: Version): Promise<void>;
}

export interface TargetHarness {
  /** Activities of a worker that has just been started. */
  activities(): TargetActivities & Partial<PageActivities>;
  /** The same, but `act` is called when they ask for change number `at` of their engine or proxy. */
  interrupted(at: number, act: () => void): TargetActivities;
  /** The number of changes by {@link TargetHarness.interrupted} so far. */
  changes(): number;
  scene(): Promise<Scene>;
  /** True when the version before stays at hand, ready to serve, until the deployment after the next. */
  readonly keepsPrevious: boolean;
  /** True when it puts a maintenance page in front of its services; one that does not says so. */
  readonly pages?: boolean;
  /** `registry/name@sha256:…` that the registry does not have (any more). */
  readonly missingImage: string;
}

/** Health settings under which the versions fail. */
const SICK = {
  kind: 'http',
  path: '/nothing-here',
  status: 200,
  timeoutMs: 300,
  attempts: 3,
  firstWaitMs: 100,
  maxWaitMs: 100,
} as const;

const digestOf = ({ image }: TargetRequest): string => image.slice(image.indexOf('@') + 1);
const serving = ({ replicas }: Observation) => replicas.filter((replica) => replica.serving);

export function describeTargetContract(name: string, createHarness: () => Promise<TargetHarness>): void {
  describe(`${name} keeps the target contract`, () => {
    let harness: TargetHarness;
    let target: TargetActivities & PageActivities;
    beforeAll(async () => {
      harness = await createHarness();
      target = { ...noPages('a place'), ...harness.activities() };
    });

    /** A whole deployment that goes well. @returns what ran before it */
    async function deploy(request: TargetRequest): Promise<Captured> {
      await perform(target.prepare, request);
      const captured = await perform(target.capture, request);
      await perform(target.switchTo, request);
      await perform(target.finalize, { request, captured });
      return captured;
    }

    /** Healthy, and exactly this deployment serves. */
    async function expectServing(request: TargetRequest, asked = request): Promise<void> {
      const observation = await perform(target.observe, asked);
      expect(serving(observation)).toEqual([
        expect.objectContaining({ deploymentId: request.deploymentId, digest: digestOf(request), running: true }),
      ]);
      expect(observation).toMatchObject({ healthy: true, reason: '' });
    }

    /** Its container, where one was kept. */
    const loseKept = async (scene: Scene, request: TargetRequest): Promise<void> => {
      if (harness.keepsPrevious) await scene.loseReplica(request);
    };

    test('where nothing runs, the first deployment comes up and is observed [A9][C3]', async () => {
      const scene = await harness.scene();
      const request = scene.request('one', 10);

      await perform(target.prepare, request);
      const before = await perform(target.observe, request);
      const captured = await perform(target.capture, request);
      const result = await perform(target.switchTo, request, { attempt: 2 });

      expect(before).toMatchObject({ replicas: [], healthy: null });
      expect(captured.running).toBeNull();
      expect(result).toMatchObject({ healthAttempts: 2, url: expect.stringMatching(/^http:/) });
      expect(await scene.visit()).toBe('ok one');
      await expectServing(request);
    });

    test('a second deployment replaces the first, which is out of the way, at hand until the third where the target keeps it [A9][C3][C4]', async () => {
      const scene = await harness.scene();
      const [one, two, three] = [scene.request('one', 10), scene.request('two', 20), scene.request('three', 30)];
      await deploy(one);

      const captured = await deploy(two);
      const afterTwo = await perform(target.observe, two);
      await deploy(three);
      const afterThree = await perform(target.observe, three);

      expect(captured.running).toMatchObject({ deploymentId: one.deploymentId, generation: 10, digest: digestOf(one) });
      const { keepsPrevious } = harness;
      expect(afterTwo.replicas.map(({ generation }) => generation)).toEqual(keepsPrevious ? [20, 10] : [20]);
      expect(afterThree.replicas.map(({ generation }) => generation)).toEqual(keepsPrevious ? [30, 20] : [30]);
      expect(await scene.visit()).toBe('ok three');
      await expectServing(three);
    });

    test('every operation done twice has the effect of once [F1]', async () => {
      const scene = await harness.scene();
      const [one, two] = [scene.request('one', 10), scene.request('two', 20)];
      await deploy(one);
      await perform(target.prepare, two);
      await perform(target.prepare, two);
      const captured = await perform(target.capture, two);

      const first = await perform(target.switchTo, two);
      const once = await scene.snapshot();
      const second = await perform(target.switchTo, two);

      expect(await scene.snapshot()).toEqual(once);
      expect(second.url).toBe(first.url);

      const back = { request: two, captured };
      await perform(target.restore, back);
      const restored = await scene.snapshot();
      await perform(target.restore, back);
      expect(await scene.snapshot()).toEqual(restored);
      await perform(target.finalize, back);
      await perform(target.finalize, back);
      expect(await scene.snapshot()).toEqual(restored);
      await expectServing(one, two);
    });

    test('an older generation is refused by the target itself, in every operation [F1]', async () => {
      const scene = await harness.scene();
      const [live, stale] = [scene.request('two', 20), scene.request('one', 10)];
      const captured = await deploy(live);
      const before = await scene.snapshot();
      const back = { request: stale, captured };

      const attempts = [
        () => perform(target.prepare, stale),
        () => perform(target.capture, stale),
        () => perform(target.switchTo, stale),
        () => perform(target.observe, stale),
        () => perform(target.restore, back),
        () => perform(target.finalize, back),
      ];

      for (const attempt of attempts) {
        await expect(attempt()).rejects.toMatchObject({ type: 'StaleGeneration', nonRetryable: true });
      }
      expect(await scene.snapshot()).toEqual(before);
    });

    test('a deployment that prepares keeps older ones from switching [F1]', async () => {
      const scene = await harness.scene();
      await perform(target.prepare, scene.request('two', 20));

      const late = perform(target.switchTo, scene.request('one', 10));

      await expect(late).rejects.toMatchObject({ type: 'StaleGeneration' });
    });

    test('one that was taken back keeps older ones and itself away, and lets newer ones in [F1]', async () => {
      const scene = await harness.scene();
      const [one, two] = [scene.request('one', 10), scene.request('two', 20)];
      await deploy(one);
      const captured = await perform(target.capture, two);
      await perform(target.switchTo, two);
      await perform(target.restore, { request: two, captured });

      await expect(perform(target.switchTo, scene.request('three', 15))).rejects.toMatchObject({
        type: 'StaleGeneration',
      });
      await expect(perform(target.switchTo, two)).rejects.toMatchObject({ type: 'StaleGeneration' });
      await expectServing(one, two);

      const three = scene.request('three', 30);
      await deploy(three);
      await expectServing(three);
    });

    test('a version that fails its health check is taken back, and the one before serves again [C3][E6][A9]', async () => {
      const scene = await harness.scene();
      const [one, bad] = [scene.request('one', 10), scene.request('two', 20, { health: SICK })];
      await deploy(one);
      await perform(target.prepare, bad);
      const captured = await perform(target.capture, bad);

      await expect(perform(target.switchTo, bad)).rejects.toMatchObject({ type: 'Unhealthy', nonRetryable: false });
      await expect(perform(target.switchTo, bad, { attempt: 2 })).rejects.toMatchObject({
        type: 'Unhealthy',
        message: expect.stringContaining('Attempt 2 of 3'),
      });
      await perform(target.restore, { request: bad, captured });

      expect(await scene.visit()).toBe('ok one');
      await expectServing(one, bad);
      const left = await perform(target.observe, bad);
      expect(left.replicas.map(({ generation }) => generation)).toEqual([10]);
    });

    test('a first deployment that fails leaves nothing behind', async () => {
      const scene = await harness.scene();
      const bad = scene.request('one', 10, { health: SICK });
      await perform(target.prepare, bad);
      const captured = await perform(target.capture, bad);
      await expect(perform(target.switchTo, bad)).rejects.toMatchObject({ type: 'Unhealthy' });

      await perform(target.restore, { request: bad, captured });

      expect(await perform(target.observe, bad)).toMatchObject({ replicas: [], healthy: null });
      expect(await scene.visit()).not.toContain('ok');
    });

    test('restoring where the switch never happened changes nothing that serves', async () => {
      const scene = await harness.scene();
      const [one, two] = [scene.request('one', 10), scene.request('two', 20)];
      await deploy(one);
      const captured = await perform(target.capture, two);
      const before = await scene.snapshot();

      await perform(target.restore, { request: two, captured });

      expect(await scene.snapshot()).toEqual(before);
      await expectServing(one, two);
    });

    test('cancelled at any change, a switch can be taken back, and a later one goes through [F1]', async () => {
      const scene = await harness.scene();
      const one = scene.request('one', 10);
      await deploy(one);
      let generation = 10;

      for (let at = 1; ; at += 1) {
        const two = scene.request('two', (generation += 1));
        await perform(target.prepare, two);
        const captured = await perform(target.capture, two);
        const environment = activityEnvironment();
        const switching = harness.interrupted(at, () => {
          environment.cancel();
        });

        const outcome = await perform(switching.switchTo, two, { environment }).catch((error: unknown) => error);
        // Cancelled after the last point of no return, it may as well succeed.
        if (harness.changes() < at) break;
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(CancelledFailure);
        await perform(target.restore, { request: two, captured });

        await expectServing(one, two);
        expect(await scene.visit()).toBe('ok one');
      }
      const last = scene.request('three', generation + 1);
      await deploy(last);
      await expectServing(last);
    });

    test('an attempt that was given up but still runs stops for the next one [F1]', async () => {
      const scene = await harness.scene();
      const sick = scene.request('one', 10, { health: { ...SICK, timeoutMs: 5_000 } });
      await perform(target.prepare, sick);
      const environment = activityEnvironment();
      const polling = new Promise((resolve) => environment.once('heartbeat', resolve));
      const givenUp = perform(target.switchTo, sick, { environment });
      givenUp.catch(() => undefined);
      await polling;

      const next = await perform(target.switchTo, scene.request('one', 10), { attempt: 2 });

      await expect(givenUp).rejects.toMatchObject({ type: 'Superseded' });
      expect(next.healthAttempts).toBe(2);
      expect((await perform(target.observe, sick)).replicas).toHaveLength(1);
    });

    test('what was captured comes back when its replica is gone [F1]', async () => {
      const scene = await harness.scene();
      const [one, two] = [scene.request('one', 10), scene.request('two', 20)];
      await deploy(one);
      const captured = await deploy(two);
      await loseKept(scene, one);

      await perform(target.restore, { request: two, captured });

      expect(await scene.visit()).toBe('ok one');
      await expectServing(one, two);
    });

    test('… and when its image is gone too', async () => {
      const scene = await harness.scene();
      const [one, two] = [scene.request('one', 10), scene.request('two', 20)];
      await deploy(one);
      const captured = await deploy(two);
      await loseKept(scene, one);
      await scene.loseImage(one);

      await perform(target.restore, { request: two, captured });

      await expectServing(one, two);
    });

    test('… and when the registry has lost it as well, what serves is left alone', async () => {
      const scene = await harness.scene();
      const [one, two] = [scene.request('one', 10), scene.request('two', 20)];
      await deploy(one);
      const { place, running } = await deploy(two);
      await loseKept(scene, one);
      const digest = harness.missingImage.slice(harness.missingImage.indexOf('@') + 1);
      const lost = { place, running: running && { ...running, image: harness.missingImage, digest } };

      const restoring = perform(target.restore, { request: two, captured: lost });

      await expect(restoring).rejects.toMatchObject({ type: 'ImageNotFound', nonRetryable: true });
      expect(await scene.visit()).toBe('ok two');
    });

    test('capturing and observing change nothing', async () => {
      const scene = await harness.scene();
      const one = scene.request('one', 10);
      await deploy(one);
      const before = await scene.snapshot();

      await perform(target.capture, scene.request('two', 20));
      await perform(target.observe, one);

      expect(await scene.snapshot()).toEqual(before);
    });

    test('a wrong version behind a green health check is seen [A9]', async () => {
      const scene = await harness.scene();
      const one = scene.request('one', 10);
      await deploy(one);
      await scene.disguise(one, 'two');

      const observation = await perform(target.observe, one);

      expect(await scene.visit()).toBe('ok two');
      expect(observation.healthy).toBe(true);
      expect(serving(observation).map(({ digest }) => digest)).toEqual([digestOf(scene.request('two', 20))]);
    });

    test('an image that nobody has is found missing before anything is touched [C2]', async () => {
      const scene = await harness.scene();
      const one = scene.request('one', 10);
      await deploy(one);
      const before = await scene.snapshot();

      const preparing = perform(target.prepare, scene.request('two', 20, { image: harness.missingImage }));

      await expect(preparing).rejects.toMatchObject({ type: 'ImageNotFound', nonRetryable: true });
      expect(await scene.snapshot()).toEqual(before);
    });

    test('a maintenance page stands in front of a deployment and its way back, which are looked at behind it; a kind without pages says so [B18][A9][F1]', async () => {
      const scene = await harness.scene();
      const { key } = scene;
      const [one, two] = [scene.request('one', 10), scene.request('two', 20)];
      await deploy(one);
      const on = { key, generation: 10, change: 5, page: { reason: 'Back at noon', until: null } };
      if (harness.pages !== true) {
        await expect(perform(target.setPage, on)).rejects.toMatchObject({
          type: 'InvalidConfiguration',
          nonRetryable: true,
        });
        await perform(target.setPage, { ...on, page: null });
        expect(await scene.visit()).toBe('ok one');
        return;
      }
      const expectPage = async () => expect(await scene.visit()).toBe('status 503');

      await perform(target.setPage, on);
      await perform(target.setPage, on);
      await expectPage();
      await expectServing(one);
      const captured = await deploy(two);
      await expectPage();
      await expectServing(two);
      await perform(target.restore, { request: two, captured });
      await expectPage();
      await expectServing(one, two);

      await perform(target.setPage, { ...on, generation: 20, change: 4, page: null });
      await expectPage();
      await perform(target.setPage, { ...on, generation: 20, change: 6, page: null });
      expect(await scene.visit()).toBe('ok one');
      await perform(target.setPage, { ...on, generation: 20, change: 7 });
      await expectPage();

      const all = { key, generation: 30 };
      await perform(target.remove, all);
      expect(await perform(target.remains, all)).toEqual([]);
      const late = perform(target.setPage, { ...on, generation: 20, change: 8 });
      await expect(late).rejects.toMatchObject({ type: 'StaleGeneration' });
      await deploy(scene.request('three', 32));
      expect(await scene.visit()).toBe('ok three');
    });

    test('removing removes all of it, and tolerates that there is nothing', async () => {
      const scene = await harness.scene();
      const empty = await scene.snapshot();
      await deploy(scene.request('one', 10));
      await deploy(scene.request('two', 20));

      const all = { key: scene.key, generation: 21 };
      expect((await perform(target.remains, all)).length).toBeGreaterThan(0);

      await perform(target.remove, all);
      const once = await scene.snapshot();
      await perform(target.remove, all);

      expect(await perform(target.remains, all)).toEqual([]);

      expect(once).toEqual(empty);
      expect(await scene.snapshot()).toEqual(empty);
      expect(await perform(target.observe, scene.request('one', 1))).toMatchObject({ replicas: [], healthy: null });
    });

    test('a removal that is broken off at any change is carried to its end; what is older does not come back, and what is newer stays [F1]', async () => {
      const scene = await harness.scene();
      const one = scene.request('one', 10);
      await deploy(one);
      await deploy(scene.request('two', 20));
      const all = { key: scene.key, generation: 30 };

      for (let at = 1; ; at += 1) {
        const environment = activityEnvironment();
        const { remove } = harness.interrupted(at, () => {
          environment.cancel();
        });
        await perform(remove, all, { environment }).catch((error: unknown) => error);
        // A change under way when it is cancelled is carried out; the next call goes on after it.
        if (harness.changes() < at) break;
      }
      // The engine or the proxy may still be busy with what was broken off: Temporal repeats the call then.
      const again = <T>(what: string, work: () => Promise<T>) => eventually(what, async () => [await work()]);
      await again('the rest to go', () => perform(target.remove, all));
      expect(await perform(target.remains, all)).toEqual([]);
      await expect(perform(target.switchTo, one)).rejects.toMatchObject({ type: 'StaleGeneration' });

      await again('the next one to land', () => deploy(scene.request('three', 32)));
      await expect(perform(target.remove, all)).rejects.toMatchObject({ type: 'StaleGeneration' });
      expect(await scene.visit()).toBe('ok three');
    });
  });
}
