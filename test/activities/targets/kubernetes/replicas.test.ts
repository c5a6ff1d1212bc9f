/** Looks at live pods on a real API server with its controllers. */
import { beforeAll, expect, jest, test } from '@jest/globals';
import { createClusterClient } from '../../../../activities/targets/kubernetes/client/client.ts';
import { lookAtReplicas } from '../../../../activities/targets/kubernetes/look-at-replicas.ts';
import { lastLines } from '../../../../activities/targets/kubernetes/pod-log.ts';
import { deploymentObject } from '../../../../activities/targets/kubernetes/manifests/deployment.ts';
import { MANAGER } from '../../../../activities/targets/kubernetes/labels.ts';
import { runOf } from '../../../../activities/targets/kubernetes/run.ts';
import { describeValues } from '../../../../activities/targets/fetch-variables.ts';
import { Secret } from '../../../../contracts/core/secret.ts';
import type { SeenReplica, WatchedReplica } from '../../../../contracts/deployment/live-replica.ts';
import type { TargetRequest } from '../../../../contracts/deployment/target.ts';
import { CLUSTER_LIMIT_MS } from '../../../support/cluster.ts';
import { eventually } from '../../../support/eventually.ts';
import { startKubernetesPlace, type KubernetesScene } from '../kubernetes-place.ts';
import { perform } from '../perform.ts';

jest.setTimeout(180_000);

const CANARY = 'canary-of-a-live-pod';
const DIGEST = `sha256:${'ef'.repeat(32)}`;
type Place = Awaited<ReturnType<typeof startKubernetesPlace>>;
let place: Place;
/** `/health` of every program here answers so. */
const answers = new Map<string, { status: number; body: string }>();
beforeAll(async () => {
  place = await startKubernetesPlace('watched');
}, CLUSTER_LIMIT_MS);

/** Brings a version up as Landfall would write it, and leaves it to itself. */
async function live(ending = '', replicas = 2, log = `starting with ${CANARY}\n`) {
  const scene = await place.scene('rolling');
  const repository = `watched/${scene.key.service}${ending}`;
  await place.cluster.program(repository, {
    answer: () => answers.get(repository) ?? { status: 200, body: 'ok' },
    log: () => log,
  });
  place.variables.set(scene.key, { secrets: { TOKEN: CANARY } });
  const request = scene.request('one', 10, { image: `registry.test/${repository}@${DIGEST}` });
  const values = await place.variables.source.valuesOf(request, AbortSignal.timeout(1_000));
  const run = { ...runOf(request), ...describeValues(values) };
  const owner = place.deps.cluster.owner;
  const made = deploymentObject({ owner }, run, values, replicas);
  const path = `/apis/apps/v1/namespaces/${scene.namespace}/deployments/${made.metadata?.name ?? ''}`;
  await place.cluster.api.call('PATCH', `${path}?fieldManager=${MANAGER}`, made, 'application/apply-patch+yaml');
  return { scene, request, path, say: (status: number, body: string) => answers.set(repository, { status, body }) };
}

const watched = ({ key, deploymentId, generation }: TargetRequest, more: Partial<WatchedReplica> = {}) => ({
  ...{ key, deploymentId, generation, baseline: 0, isKnown: false, isOut: false },
  ...more,
});

const client = () => createClusterClient({ cluster: place.name, requests: place.requests });
const seen = async (...replicas: readonly WatchedReplica[]): Promise<readonly SeenReplica[]> => {
  const { cluster, variables, logs, registry } = place.deps;
  const at = { cluster, client: client(), variables, logs, registry, now: Date.now };
  return perform(async (asked) => lookAtReplicas(at, asked, AbortSignal.timeout(90_000)), replicas);
};

const ready = async ({ namespace }: KubernetesScene, count: number) =>
  eventually('its pods to be ready', async () => {
    const { items } = await place.cluster.api.call<{
      items: { status: { conditions?: { type: string; status: string }[] } }[];
    }>('GET', `/api/v1/namespaces/${namespace}/pods`);
    const good = items.filter((one) => one.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'));
    return good.length === count;
  });

test('pods that serve: no restarts, no trouble; one that answers badly is named, with its answer, masked [D1][E5]', async () => {
  const { scene, request, say } = await live();
  await ready(scene, 2);
  expect(await seen(watched(request))).toEqual([{ deploymentId: request.deploymentId, restarts: 0, trouble: null }]);

  say(500, `no database: ${CANARY}`);
  const [bad] = await seen(watched(request));
  expect(bad?.trouble).toMatch(/^s\d+-\S+ does not pass its health check: .* answered 500.*no database: \*\*\*/);
  expect(bad?.trouble).not.toContain(CANARY);
});

test('pods that crash in a loop: how often, with their last words, masked; a loop that is known is not told again [D1][E5]', async () => {
  const { request } = await live('-crash', 1);
  const looping = await eventually('the loop to be seen', async () => {
    const [one] = await seen(watched(request));
    return one?.lastEnd === undefined ? undefined : one;
  });
  expect(looping.restarts).toBeGreaterThanOrEqual(3);
  expect(looping.lastEnd).toBe('It exited with code 1. Its last lines:\nstarting with ***');
  expect(looping.trouble).toBe('');

  const [known] = await seen(watched(request, { isKnown: true }));
  expect(known).not.toHaveProperty('lastEnd');
  expect(known?.trouble).toBe('');
});

test('pods of which none is ready: the reason as the cluster knows it [D1][E5]', async () => {
  const { request } = await live('-nopull', 1);
  const down = await eventually('the reason', async () => {
    const [one] = await seen(watched(request));
    return one?.trouble?.includes('cannot pull') ? one : undefined;
  });
  expect(down).toMatchObject({
    restarts: 0,
    trouble: expect.stringMatching(/^none of its pods \(1\) is ready\. .*not found/),
  });
  expect((await seen(watched(request, { isOut: true })))[0]?.trouble).toBe('');
});

test('pods that are gone are told so, once, and those of another generation are none of them [D1][E5]', async () => {
  const { request } = await live('', 1);
  const { deploymentId } = request;
  expect(await seen(watched({ ...request, generation: 9 }))).toEqual([
    { deploymentId, restarts: null, trouble: 'its pods are not there any more.' },
  ]);
  expect(await seen(watched({ ...request, generation: 9 }, { isOut: true }))).toEqual([
    { deploymentId, restarts: null, trouble: '' },
  ]);
});

test('a log without line breaks is read up to a limit, and never to the middle of a secret [D1]', async () => {
  const first = 'starting\n';
  const { scene, request } = await live(
    '',
    1,
    `${first}${'x'.repeat(1024 * 1024 - first.length - 5)}${CANARY.repeat(9)}`,
  );
  await ready(scene, 1);
  const pods = `/api/v1/namespaces/${scene.namespace}/pods`;
  const { items } = await place.cluster.api.call<{ items: { metadata: { name: string } }[] }>('GET', pods);
  const pod = items[0]?.metadata.name ?? '';
  const at = { namespace: scene.namespace, pod, container: request.key.service, signal: AbortSignal.timeout(60_000) };
  expect(await lastLines({ client: client() }, { ...at, secrets: [new Secret(CANARY)] })).toEqual(['starting']);
});

test('the log of a pod that cannot be read is empty, and hides nothing else [D1]', async () => {
  const wanted = { pod: 'gone', container: 'web', secrets: [new Secret(CANARY)], signal: AbortSignal.timeout(30_000) };
  expect(await lastLines({ client: client() }, { namespace: 'default', ...wanted })).toEqual([]);
});
