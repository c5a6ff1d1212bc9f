/** The release command on a real API server with its controllers: once, whatever happens to the worker. */
import { ActivityCancellationDetails } from '@temporalio/common';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { releaseJobName } from '../../../../activities/targets/kubernetes/names.ts';
import { logStream } from '../../../../contracts/deployment/logs.ts';
import type { TargetRequest } from '../../../../contracts/deployment/target.ts';
import { CLUSTER_LIMIT_MS } from '../../../support/cluster.ts';
import { eventually } from '../../../support/eventually.ts';
import { startKubernetesPlace, type KubernetesScene } from '../kubernetes-place.ts';
import { activityEnvironment, perform } from '../perform.ts';

jest.setTimeout(180_000);

const CANARY = 'canary-of-the-migration';
const DIGEST = `sha256:${'cd'.repeat(32)}`;
type Place = Awaited<ReturnType<typeof startKubernetesPlace>>;
let place: Place;
beforeAll(async () => {
  place = await startKubernetesPlace('release');
}, CLUSTER_LIMIT_MS);

interface Seen {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
}

/** @param ending - see ENDINGS of the test cluster */
async function setting(ending: string, { log = 'migrating\n', timeoutMs = 60_000 } = {}) {
  const scene = await place.scene('rolling');
  const repository = `release/${scene.key.service}${ending}`;
  await place.cluster.program(repository, { answer: () => 'ok', log: () => log });
  const request = (generation: number): TargetRequest => {
    const base = scene.request('two', generation, { image: `registry.test/${repository}@${DIGEST}` });
    return { ...base, run: { ...base.run, release: { command: ['migrate'], timeoutMs } } };
  };
  return { scene, request };
}

const listed = async (scene: KubernetesScene, path: string, api = '/api/v1') =>
  (await place.cluster.api.call<{ items: Seen[] }>('GET', `${api}/namespaces/${scene.namespace}/${path}`)).items;
const jobsOf = (scene: KubernetesScene) => listed(scene, 'jobs', '/apis/batch/v1');
const podsOf = (scene: KubernetesScene) => listed(scene, 'pods');
const logOf = ({ deploymentId }: TargetRequest) => place.logged(logStream('deployment', deploymentId));
const jobName = ({ key, deploymentId, commit }: TargetRequest, number = 1) =>
  releaseJobName({ key, deploymentId, commit }, number);

/** The uids of all pods that the Job's controller has ever made, by its events. */
async function podsMade(scene: KubernetesScene): Promise<number> {
  const { items } = await place.cluster.api.call<{ items: { reason: string; count?: number }[] }>(
    'GET',
    `/api/v1/namespaces/${scene.namespace}/events?fieldSelector=involvedObject.kind=Job,reason=SuccessfulCreate`,
  );
  return items.reduce((sum, { count = 1 }) => sum + count, 0);
}

const letGo = (environment: ReturnType<typeof activityEnvironment>) =>
  environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));

test('runs with the variables and secrets of the version, is logged, masked, and is not run again [D1][B19][F1]', async () => {
  const { scene, request } = await setting('', { log: `migrating with ${CANARY}\ndone\n` });
  place.variables.set(scene.key, { variables: { LEVEL: 'debug' }, secrets: { TOKEN: CANARY } });
  const asked = request(10);

  await perform(place.target().runOnce, asked);
  await perform(place.target().runOnce, asked, { attempt: 2 });

  expect(logOf(asked)).toEqual([
    'Running the release command on release.',
    'migrating with ***',
    'done',
    'The release command ended well.',
    'The release command was started before; its output from the beginning:',
    'migrating with ***',
    'done',
    'The release command ended well.',
  ]);
  expect(await podsMade(scene)).toBe(1);
  expect((await jobsOf(scene)).map(({ metadata }) => metadata.name)).toEqual([jobName(asked)]);
});

test('one that fails says its code and last lines each time; another run is asked for by its number [D1][B19][F2]', async () => {
  const { scene, request } = await setting('-fail', { log: 'relation "users" exists\n' });
  const asked = request(10);
  for (const attempt of [1, 2]) {
    await expect(perform(place.target().runOnce, asked, { attempt })).rejects.toMatchObject({
      type: 'ReleaseCommandFailed',
      nonRetryable: true,
      message: expect.stringMatching(/exited with code 1 on release; nothing was switched.*relation "users" exists/s),
    });
  }
  expect(await podsMade(scene)).toBe(1);

  const again = { ...asked, releaseRun: 2 };
  await expect(perform(place.target().runOnce, again)).rejects.toMatchObject({ type: 'ReleaseCommandFailed' });
  expect(await podsMade(scene)).toBe(2);
  expect((await jobsOf(scene)).map(({ metadata }) => metadata.name).sort()).toEqual(
    [jobName(asked), jobName(asked, 2)].sort(),
  );
});

test('one that was begun and is gone is not run again: the failure says so and what to do [D1][B19]', async () => {
  const { scene, request } = await setting('');
  const asked = request(10);
  await perform(place.target().runOnce, asked);
  await place.cluster.api.call('DELETE', `/apis/batch/v1/namespaces/${scene.namespace}/jobs/${jobName(asked)}`, {
    propagationPolicy: 'Background',
  });

  for (const again of [asked, { ...asked, generation: 20 }]) {
    await expect(perform(place.target().runOnce, again, { attempt: 2 })).rejects.toMatchObject({
      type: 'ReleaseCommandFailed',
      nonRetryable: true,
      message: expect.stringMatching(
        /It is not known whether .* its Job is gone.*not run again by itself.*release again/s,
      ),
    });
  }
  expect(await jobsOf(scene)).toEqual([]);
});

test('the same number of another commit is another command [D1][B19][B4]', async () => {
  const { scene, request } = await setting('');
  const forgotten = request(10);
  await perform(place.target().runOnce, forgotten);
  await perform(place.target().runOnce, {
    ...request(20),
    deploymentId: forgotten.deploymentId,
    commit: 'b'.repeat(40),
  });
  expect(await podsMade(scene)).toBe(2);
});

test('a worker that stops lets it run, and the next one follows it; one that takes too long is ended [D1][B19][F1]', async () => {
  const { scene, request } = await setting('-hang', { log: 'waiting for a lock\n', timeoutMs: 6_000 });
  const asked = request(10);
  const environment = activityEnvironment();
  const first = perform(place.target().runOnce, asked, { environment });
  first.catch(() => undefined);
  await eventually('its first line', () => logOf(asked).includes('waiting for a lock'));

  letGo(environment);
  await expect(first).rejects.toThrow();
  expect(await podsOf(scene)).toHaveLength(1);

  await expect(perform(place.target().runOnce, asked, { attempt: 2 })).rejects.toMatchObject({
    type: 'ReleaseCommandFailed',
    message: expect.stringMatching(/did not end within 6 s and was killed.*waiting for a lock/s),
  });
  await eventually('its pod to go', async () => (await podsOf(scene)).length === 0);
  expect(await podsMade(scene)).toBe(1);
});

test('a cancel ends it [D1][B19][E3]', async () => {
  const { scene, request } = await setting('-hang');
  const asked = request(10);
  const environment = activityEnvironment();
  const running = perform(place.target().runOnce, asked, { environment });
  running.catch(() => undefined);
  await eventually('its first line', () => logOf(asked).includes('migrating'));

  environment.cancel();

  await expect(running).rejects.toThrow();
  await eventually('its pod to go', async () => (await podsOf(scene)).length === 0);
  expect(await podsMade(scene)).toBe(1);
});

test('an image that is not there: it does not begin, and does not begin later [D1][B19]', async () => {
  const { scene, request } = await setting('-nopull');
  await expect(perform(place.target().runOnce, request(10))).rejects.toMatchObject({
    type: 'ReleaseCommandFailed',
    message: expect.stringMatching(
      /did not begin on release; nothing was switched\. .*cannot pull its image: .*not found/,
    ),
  });
  await eventually('its pod to go', async () => (await podsOf(scene)).length === 0);
});

test('a worker that stops at any change that it asks the cluster for runs it once in the end [D1][B19][F1]', async () => {
  for (let at = 1; ; at += 1) {
    const { scene, request } = await setting('');
    place.variables.set(scene.key, { secrets: { TOKEN: CANARY } });
    const asked = request(10);
    const environment = activityEnvironment();
    const harness = place.harness('rolling');
    const cut = harness.interrupted(at, () => letGo(environment));

    await perform(cut.runOnce, asked, { environment }).catch(() => undefined);
    if (harness.changes() < at) break;
    await perform(place.target().runOnce, asked, { attempt: 2 });

    expect({ at, pods: await podsMade(scene) }).toEqual({ at, pods: 1 });
  }
});

test('a deployment that was overtaken runs none [D1][B19]', async () => {
  const { scene, request } = await setting('');
  await perform(place.target().runOnce, request(20));
  await perform(place.target().remove, { key: scene.key, generation: 30 });

  await expect(perform(place.target().runOnce, request(10))).rejects.toMatchObject({ type: 'StaleGeneration' });
  expect(await jobsOf(scene)).toEqual([]);
});
