/** A kind of target that only this test knows: read from landfall.yaml, deployed, failed and rolled back by what there is. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { SERVED_KINDS } from '../../../activities/targets/targets.ts';
import { KINDS } from '../../../contracts/config/targets/targets.ts';
import { targetRegistry } from '../../../contracts/config/targets/registry.ts';
import { deploymentWorkflowId, environmentId } from '../../../contracts/core/ids.ts';
import { schemaProblems } from '../../../contracts/core/schema-problems.ts';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import type { TargetSettings } from '../../../contracts/config/service.ts';
import { runWorkers } from '../../../workers/pool.ts';
import { createTargetWorkers } from '../../../workers/target-workers.ts';
import type { deployment } from '../../../workflows/deployment/deployment.workflow.ts';
import { TIMEOUTS } from '../../../workflows/lib/timeouts.ts';
import { eventually } from '../../support/eventually.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { createCell, digestIn, type Program } from '../../support/targets/memory/cell.ts';
import { memory } from '../../support/targets/memory/kind.ts';
import { servedMemory } from '../../support/targets/memory/served.ts';
import { testTemporal } from '../../support/temporal.ts';
import { startWorld, type World } from '../world.ts';

const KEY = { project: 'shop', service: 'web', environment: 'production' };
/** The registry of the product, and one line more. */
const kinds = targetRegistry({ ...KINDS, memory });

function settingsOf(target: unknown): TargetSettings {
  const settings = kinds.settings(kinds.fields.parse(target), KEY.service);
  if (!settings) throw new Error('it does not run there');
  return settings;
}

describe('in landfall.yaml', () => {
  test('a target is of one kind, whose own part decides [A3]', () => {
    const problems = (target: unknown) => schemaProblems(kinds.fields.safeParse(target).error?.issues ?? []);

    expect(problems({ memory: { cells: ['left'], at: { web: '/shop' } } })).toEqual([]);
    expect(problems({ podman: { hosts: ['one'], publish: { web: 20_080 } } })).toEqual([]);
    expect(problems({ memory: { cells: ['left'], at: { web: 'shop' } } })).toMatchObject([
      { path: ['memory', 'at', 'web'] },
    ]);
    // However much of its own part is wrong, the key says which kind was meant.
    const misspelled = problems({ podman: { host: ['one'], ports: { web: 20_080 }, strategie: 'recreate' } });
    expect(
      misspelled.map(({ path, key }) => [...path, ...(key === undefined ? [] : [key])].join('.')).toSorted(),
    ).toEqual(['host', 'hosts', 'ports', 'publish', 'strategie'].map((key) => `podman.${key}`));
    const both = { memory: { cells: ['left'], at: {} }, podman: { hosts: ['one'], publish: {} } };
    expect(problems(both)).toEqual([{ path: ['memory'], message: 'it cannot stand beside podman: keep one of them' }]);
    for (const none of [{}, { docker: { hosts: ['one'] } }]) {
      expect(problems(none)).toContainEqual({ path: [], message: 'name podman, kubernetes or memory' });
    }
  });

  test('deployments carry its places and what is its own, under the names under which services are kept [A3][B4]', () => {
    const target = kinds.fields.parse({ memory: { cells: ['left', 'right'], at: { frontend: '/shop' } } });
    const renamed = kinds.renamed(target, (service) => (service === 'frontend' ? 'web' : service));

    expect(kinds.settings(target, 'web')).toBeUndefined();
    expect(kinds.settings(renamed, 'web')).toEqual({
      places: [
        { name: 'left', queue: 'cell/left' },
        { name: 'right', queue: 'cell/right' },
      ],
      ports: [],
      switchMs: 1_000,
      kindSettings: { kind: 'memory', path: '/shop' },
    });
  });
});

describe('the workflows', () => {
  const cells = [createCell('left'), createCell('right')];
  const registry = new Map<string, Program>();
  const target = settingsOf({ memory: { cells: ['left', 'right'], at: { web: '/shop' } } });
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ hosts: [] });
    const { nativeConnection } = await testTemporal();
    const workers = await createTargetWorkers({
      ...{ native: nativeConnection, namespace: world.client.options.namespace },
      kinds: { ...SERVED_KINDS, memory: servedMemory(cells, registry) },
      ...{ hosts: [], clusters: [], registry: { address: 'registry.test', insecure: true } },
      logs: { append: async () => undefined },
      variables: { valuesOf: async () => null },
      certificates: { certificateOf: async () => null },
      onProblem: (_place, error) => {
        throw error;
      },
    });
    const pool = runWorkers(workers);
    onCleanup(() => pool.stop());
  });

  function request(sequence: number, program: Program): DeploymentRequest {
    const usual = deploymentRequest({ key: KEY, sequence, hosts: [] });
    registry.set(usual.image, program);
    const health = { ...usual.settings.health, timeoutMs: 50, attempts: 2, firstWaitMs: 1, maxWaitMs: 1 };
    return {
      ...usual,
      settings: { ...usual.settings, health },
      environment: { ...usual.environment, target },
    };
  }
  const handleOf = ({ deploymentId }: DeploymentRequest) =>
    world.client.workflow.getHandle<typeof deployment>(deploymentWorkflowId(deploymentId));
  async function ended(asked: DeploymentRequest) {
    const begun = () =>
      handleOf(asked)
        .describe()
        .then(Boolean, () => false);
    await eventually(`${asked.deploymentId} to begin`, begun);
    return handleOf(asked).result();
  }
  const serving = () =>
    cells.map((cell) => {
      const slot = cell.slot(environmentId(KEY));
      const replica = slot.serving === null ? undefined : slot.replicas.get(slot.serving);
      return replica && digestIn(replica.image);
    });
  const works: Program = () => 'ok';
  const isSick: Program = () => undefined;

  test('deploy, fail and roll back on it without knowing it [A9][B13][C3]', async () => {
    const [one, bad, three] = [request(1, works), request(2, isSick), request(3, works)];

    await askEnvironment(world.client, one);
    expect(await ended(one)).toMatchObject({
      outcome: 'live',
      urls: ['http://left.test/shop', 'http://right.test/shop'],
    });
    expect(serving()).toEqual([one.digest, one.digest]);

    await askEnvironment(world.client, bad);
    expect(await ended(bad)).toMatchObject({
      outcome: 'rolled_back',
      failure: { type: 'Unhealthy', message: expect.stringContaining('left: /healthz is not answered') },
      healthAttempts: 2,
    });
    expect(serving()).toEqual([one.digest, one.digest]);

    await askEnvironment(world.client, three);
    expect(await ended(three)).toMatchObject({ outcome: 'live' });
    expect(serving()).toEqual([three.digest, three.digest]);

    const back = { ...request(4, works), image: one.image, digest: one.digest, rollbackTo: one.deploymentId };
    await askEnvironment(world.client, back);
    expect(await ended(back)).toMatchObject({ outcome: 'live' });
    expect(serving()).toEqual([one.digest, one.digest]);
  });

  test('say what could not be restored, and give a switch and the way back the time that the kind asks for [A9][D6]', async () => {
    // Its first answer is the end of what was live: there, and in the registry.
    const failing = request(5, () => {
      const [left] = cells;
      registry.delete(live);
      left?.images.delete(live);
      left?.slot(environmentId(KEY)).replicas.delete(left.slot(environmentId(KEY)).serving ?? '');
      return undefined;
    });
    const live = deploymentRequest({ key: KEY, sequence: 1, hosts: [] }).image;

    // By hand: after a rollback, automatic deployments stay out.
    const lost = { ...failing, byHand: true };
    await askEnvironment(world.client, lost);
    const result = await ended(lost);
    const { events } = await handleOf(lost).fetchHistory();

    expect(result).toMatchObject({ outcome: 'rollback_failed' });
    expect(result.disrepair).toMatchObject([{ place: 'left', queue: 'cell/left' }]);
    const seconds = (activity: string) =>
      (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled?.activityType?.name === activity ? [Number(scheduled.startToCloseTimeout?.seconds)] : [],
      );
    const { health, run } = lost.settings;
    const switching = health.timeoutMs + run.stopTimeoutMs + 1_000 + TIMEOUTS.deployment.engineMs;
    expect(seconds('switchTo')).toEqual([Math.floor(switching / 1_000)]);
    const goingBack = TIMEOUTS.takeBack.attemptMs + 2 * run.stopTimeoutMs + 1_000;
    expect(seconds('restore')).toEqual([Math.floor(goingBack / 1_000)]);
  });
});
