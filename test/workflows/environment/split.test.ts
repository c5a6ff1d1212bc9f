/** Places at which something else runs than what is live, because a rollback failed there. */
import { clusterQueue, hostQueue } from '../../../contracts/core/queues.ts';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { DeploymentRequest, Repair } from '../../../contracts/deployment/deployment.ts';
import { environmentId, environmentWorkflowId } from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import { environmentState } from '../../../workflows/messages/environment.messages.ts';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import { targetOf } from '../../../workflows/deployment/target-request.ts';
import { carriedRepairs, repairsAfter } from '../../../workflows/environment/machine/repairs.ts';
import { liveVersionOf } from '../../../workflows/lib/version.ts';
import { eventually } from '../../support/eventually.ts';
import { fails } from '../../support/simulation/faults.ts';
import { deploymentRequest, targetRequest } from '../../support/simulation/fixtures.ts';
import { askEnvironment, setScene, startDeployment } from '../../support/simulation/scene.ts';
import { startWorld } from '../world.ts';
import type { World } from '../world.ts';

const HOSTS = ['host-a', 'host-b'];
let world: World;
beforeAll(async () => {
  world = await startWorld({ hosts: HOSTS });
});

/** Has one health attempt, so that a version that is unhealthy fails at once. */
const impatient = (request: DeploymentRequest): DeploymentRequest => ({
  ...request,
  settings: { ...request.settings, health: { ...request.settings.health, attempts: 1 } },
});

function serviceOn(service: string, hosts: readonly string[] = HOSTS) {
  const key = { project: 'shop', service, environment: 'production' };
  const request = (sequence: number) => impatient(deploymentRequest({ key, sequence, hosts }));
  const idOf = (sequence: number) => request(sequence).deploymentId;
  const handle = world.client.workflow.getHandle<typeof environment>(environmentWorkflowId(key));
  const stateOf = (sequence: number) => world.records.deploymentStates(idOf(sequence)).at(-1);
  const ended = (sequence: number, outcome: string) =>
    eventually(`${idOf(sequence)} to be ${outcome}`, async () => {
      const { running } = await handle.query(environmentState);
      return running === null && stateOf(sequence)?.state === outcome && stateOf(sequence);
    });
  const numbers = [1, 2, 3, 4];
  return {
    ...{ key, idOf, handle, ended, request },
    ask: (sequence: number) => askEnvironment(world.client, request(sequence)),
    land: async (sequence: number) => {
      await askEnvironment(world.client, request(sequence));
      await ended(sequence, 'live');
    },
    /** It takes effect on a host and is reported as failed; taking it back there fails `restores` times. */
    spoil(sequence: number, host: string, { restores = 1, beforeFailing = () => {} } = {}): () => void {
      const only = ({ input }: { readonly input: unknown }) => JSON.stringify(input).includes(`"${idOf(sequence)}"`);
      world.faults.add({ place: host, activity: 'switchTo', at: 'after', only, act: fails('PortTaken', 'is taken') });
      let failed = 0;
      return world.faults.add({
        place: host,
        activity: 'restore',
        only,
        act: () => {
          failed += 1;
          if (failed > restores) return;
          beforeFailing();
          fails('ImageNotFound', 'the registry is gone')();
        },
      });
    },
    serving: () =>
      hosts.map((host) => numbers.find((n) => request(n).digest === world.hosts.get(host)?.serving(key)) ?? null),
    split: async () => (await handle.query(environmentState)).split?.map(({ place }) => place) ?? [],
  };
}

describe('a place at which a rollback failed', () => {
  test('is shown as split, and is mended when its worker is back, with nobody deploying [D6][F1]', async () => {
    const it = serviceOn('mended');
    await it.land(1);
    it.spoil(2, 'host-b', { beforeFailing: () => void world.workers.stop('host-b') });
    await it.ask(2);
    const { leftovers } = await it.ended(2, 'rollback_failed');
    expect(leftovers).toEqual([expect.stringMatching(/^host-b: .*the registry is gone/)]);
    expect(it.serving()).toEqual([1, 2]);
    const { split, live } = await it.handle.query(environmentState);
    expect({ split, live: live?.sequence }).toEqual({
      split: [{ place: 'host-b', why: expect.stringMatching(/the registry is gone/) as unknown }],
      live: 1,
    });

    await world.workers.start('host-b');

    await eventually('host-b to be mended', async () => (await it.split()).length === 0);
    expect(it.serving()).toEqual([1, 1]);
    await eventually('the audit trail to tell of it', () =>
      world.records.audit.some(
        ({ action, subject, detail }) =>
          action === 'environment.mend' && subject === environmentId(it.key) && detail?.startsWith('host-b runs '),
      ),
    );
  });

  test('gets what is live back when the next deployment fails: only that is called rolled back [D6][F1]', async () => {
    const it = serviceOn('next-fails');
    await it.land(1);
    it.spoil(2, 'host-b', { restores: Number.POSITIVE_INFINITY });
    await it.ask(2);
    await it.ended(2, 'rollback_failed');
    world.hosts.get('host-b')?.makeUnhealthy(it.request(3).digest, 1);

    await it.ask(3);
    await it.ended(3, 'rolled_back');

    expect(it.serving()).toEqual([1, 1]);
    expect(await it.split()).toEqual([]);
  });

  test('gets it back although the next deployment fails before it comes there [D6][F1]', async () => {
    const it = serviceOn('fails-before');
    await it.land(1);
    it.spoil(2, 'host-b', { restores: Number.POSITIVE_INFINITY });
    await it.ask(2);
    await it.ended(2, 'rollback_failed');
    world.hosts.get('host-a')?.makeUnhealthy(it.request(3).digest, 1);

    await it.ask(3);
    await it.ended(3, 'rolled_back');

    expect(it.serving()).toEqual([1, 1]);
    expect(await it.split()).toEqual([]);
  });

  test('gets it back where it is the only one, and nothing else runs what is live [D6][F1]', async () => {
    const it = serviceOn('alone', ['host-a']);
    await it.land(1);
    it.spoil(2, 'host-a', { restores: Number.POSITIVE_INFINITY });
    await it.ask(2);
    await it.ended(2, 'rollback_failed');
    expect(it.serving()).toEqual([2]);
    world.hosts.get('host-a')?.makeUnhealthy(it.request(3).digest, 1);

    await it.ask(3);
    await it.ended(3, 'rolled_back');

    expect(it.serving()).toEqual([1]);
  });

  test('is taken back by who rolls back what has failed there, though what is live never changed [D6]', async () => {
    const it = serviceOn('rolled-back');
    await it.land(1);
    it.spoil(2, 'host-b', { restores: Number.POSITIVE_INFINITY });
    await it.ask(2);
    await it.ended(2, 'rollback_failed');

    await askEnvironment(world.client, { ...it.request(3), rollbackFrom: it.idOf(2), rollbackTo: it.idOf(1) });
    await it.ended(3, 'live');

    expect(it.serving()).toEqual([3, 3]);
    expect(await it.split()).toEqual([]);
  });

  test.each(['failed', 'cancelled', 'superseded'] as const)(
    'is mended in the name of the newest that was there, also of one that ended %s [D6][F1]',
    (outcome) => {
      const it = serviceOn('fenced');
      const before = { place: 'host-b', running: null };
      const HOST_B = { place: 'host-b', queue: hostQueue('host-b') };
      const undo = targetRequest(it.request(2), 2);
      let open: readonly Repair[] = [{ ...HOST_B, why: 'it was away', before, undo }];
      for (const generation of [3, 4]) {
        const request = it.request(generation);
        open = repairsAfter(open, { request, version: liveVersionOf(request, generation) }, { outcome });
      }
      expect(open).toMatchObject([{ place: 'host-b', before, undo: { generation: 4 } }]);
    },
  );

  test('keeps its own way back while the environment is tried at other places, of another kind perhaps [D6][F1]', () => {
    const it = serviceOn('moved');
    const before = { place: 'eu', running: null };
    const undo = targetRequest(it.request(2), 2);
    const open: readonly Repair[] = [{ place: 'eu', queue: hostQueue('eu'), why: 'it was away', before, undo }];
    const usual = it.request(3);
    const target = {
      ...usual.environment.target,
      ...{ places: [{ name: 'eu', queue: clusterQueue('eu') }], switchMs: 60_000, kindSettings: { kind: 'other' } },
    };
    const request = { ...usual, environment: { ...usual.environment, target } };
    const after = (result: Parameters<typeof repairsAfter>[2]) =>
      repairsAfter(open, { request, version: liveVersionOf(request, 3) }, result);

    for (const outcome of ['failed', 'rolled_back'] as const) expect(after({ outcome })).toEqual(open);
    expect(after({ outcome: 'live' })).toEqual([]);
    const cluster = { place: 'eu', queue: clusterQueue('eu'), why: 'it is away', before };
    expect(after({ outcome: 'rollback_failed', disrepair: [cluster] })).toEqual([
      { ...cluster, undo: targetOf({ request, generation: 3 }), switchMs: 60_000 },
      ...open,
    ]);
  });

  test('is shown by the next run even where what it takes to mend them all is more than it can be given [D6][F1]', () => {
    const undo = targetRequest(serviceOn('large').request(2), 2);
    const large = { ...undo, run: { ...undo.run, env: { BIG: 'x'.repeat(100_000) } } };
    const places = ['a', 'b', 'c', 'd', 'e'];
    const open = places.map((place) => ({
      ...{ place, queue: hostQueue(place), why: 'away', before: { place, running: null }, undo: large },
    }));
    const carried = carriedRepairs(open);
    expect(carried.map(({ place }) => place)).toEqual(places);
    expect(JSON.stringify(carried).length).toBeLessThan(300_000);
    expect(carried.filter(({ before, undo: it }) => before && it)).toEqual(open.slice(0, 2));
  });

  test('is in order again when the next deployment lands [D6]', async () => {
    const it = serviceOn('next-lands');
    await it.land(1);
    it.spoil(2, 'host-b', { restores: Number.POSITIVE_INFINITY });
    await it.ask(2);
    await it.ended(2, 'rollback_failed');
    expect(await it.split()).toEqual(['host-b']);

    await it.land(3);

    expect(it.serving()).toEqual([3, 3]);
    expect(await it.split()).toEqual([]);
    // The version that failed there is not kept as the way back.
    expect(world.hosts.get('host-b')?.replicas(it.key)).not.toContain(it.idOf(2));
  });

  test('is remembered by the next run of its environment, which goes on mending [D6][F1]', async () => {
    const it = serviceOn('renewed', ['host-a']);
    const [one, two] = [targetRequest(it.request(1), 1), targetRequest(it.request(2), 2)];
    world.hosts.get('host-a')?.preset(two);
    const { key: _key, deploymentId, generation, image, commit, run, health, kindSettings } = one;
    const live = { deploymentId, sequence: 1, generation, commit, image, digest: it.request(1).digest };
    const running = { ...live, run, health, kindSettings };
    await world.client.workflow.start<typeof environment>('environment', {
      ...{ taskQueue: CONTROL_QUEUE, workflowId: it.handle.workflowId },
      args: [
        {
          ...{ key: it.key, generation: 2, live },
          repairs: [
            {
              ...{ place: 'host-a', queue: hostQueue('host-a'), why: 'it was away' },
              ...{ undo: two, before: { place: 'host-a', running } },
            },
          ],
        },
      ],
    });
    await eventually('host-a to be mended', async () => it.serving()[0] === 1 && (await it.split()).length === 0);
  });

  test('without an environment to say what is live: what runs on the others is compared [D6]', async () => {
    const scene = setScene(world, 'direct');
    const b = world.hosts.get('host-b');
    b?.preset(targetRequest(scene.next, 2));
    const three = impatient(deploymentRequest({ key: scene.key, sequence: 3, hosts: HOSTS }));
    b?.makeUnhealthy(three.digest, 1);

    const { outcome } = await (await startDeployment(world.client, three)).result();

    expect(outcome).toBe('rolled_back');
    expect(HOSTS.map((host) => world.hosts.get(host)?.serving(scene.key))).toEqual([
      scene.before.digest,
      scene.before.digest,
    ]);
  });

  test('that runs what nobody knows is not called rolled back [D6]', async () => {
    const scene = setScene(world, 'unknown');
    const live = { ...scene.before, deploymentId: 'shop.unknown.production.0', sequence: 0, generation: 0 };
    const three = impatient(deploymentRequest({ key: scene.key, sequence: 3, hosts: ['host-a'] }));
    world.hosts.get('host-a')?.makeUnhealthy(three.digest, 1);

    const { outcome, leftovers } = await (await startDeployment(world.client, three, { live })).result();

    expect(outcome).toBe('rollback_failed');
    expect(leftovers).toEqual([
      expect.stringMatching(/^host-a: runs .*unknown\.production\.1\), but .*\.0\) is live$/),
    ]);
  });
});
