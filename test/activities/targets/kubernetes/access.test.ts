/** A cluster as `landfall doctor` finds it, with the rights that people grant there. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { examineCluster } from '../../../../activities/targets/kubernetes/access/examine.ts';
import { clusterIdentity } from '../../../../activities/targets/kubernetes/access/identity.ts';
import { questionsOf, rulesOf } from '../../../../activities/targets/kubernetes/access/permissions.ts';
import { createClusterClient } from '../../../../activities/targets/kubernetes/client/client.ts';
import { connectCluster } from '../../../../activities/targets/kubernetes/client/connect.ts';
import { createRequests } from '../../../../activities/targets/kubernetes/client/requests.ts';
import type { ClusterSettings } from '../../../../contracts/config/cluster.ts';
import { readClusters } from '../../../../workers/settings.ts';
import { CLUSTER_LIMIT_MS, testCluster, type TestCluster } from '../../../support/cluster.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await testCluster();
}, CLUSTER_LIMIT_MS);

const clientOf = (settings: ClusterSettings) =>
  createClusterClient({ cluster: settings.name, requests: createRequests(connectCluster(settings)) });
const examined = (settings: ClusterSettings) =>
  examineCluster(clientOf(settings), settings, AbortSignal.timeout(60_000));
const identityOf = (settings: ClusterSettings) =>
  clusterIdentity(clientOf(settings), settings, AbortSignal.timeout(60_000));

test('an account with exactly the rights of Landfall may do everything, in all namespaces or in some [D2][F6]', async () => {
  const everywhere = cluster.settings();
  const kubeconfig = await cluster.identity(rulesOf(everywhere));
  expect(await examined({ ...everywhere, kubeconfig })).toEqual({
    place: 'cluster test',
    ok: true,
    detail: expect.stringMatching(
      /^v1\.\d+\.\d+, as system:serviceaccount:default:identity-\w+, which may do all that Landfall does there$/,
    ),
  });

  const namespaces = [await cluster.namespace(), await cluster.namespace()];
  const some = cluster.settings({ namespaces });
  const narrow = { ...some, kubeconfig: await cluster.identity(rulesOf(some), namespaces) };
  expect(await examined(narrow)).toMatchObject({ ok: true });
  expect(await examined({ ...narrow, namespaces: [...namespaces, 'default'] })).toMatchObject({
    ok: false,
    detail: expect.stringContaining('may not get namespaces in default, get configmaps in default'),
  });
}, 120_000);

test('each right that is lacking is named as roles name it [D2][F6]', async () => {
  const settings = cluster.settings();
  const rules = rulesOf(settings)
    .filter(({ resources }) => !resources.includes('pods/log'))
    .map((rule) => ({
      ...rule,
      verbs: rule.verbs.filter((verb) => !(verb === 'patch' && rule.resources.includes('deployments'))),
    }));
  const kubeconfig = await cluster.identity(rules);
  expect(await examined({ ...settings, kubeconfig })).toEqual({
    place: 'cluster test',
    ok: false,
    detail: expect.stringMatching(/^system:serviceaccount:\S+ may not patch deployments\.apps, get pods\/log$/),
    todo: 'Grant it the rights of docs/kubernetes.md.',
  });
}, 120_000);

test('a cluster that cannot be reached, or lets nobody in, is said to be so [D2][F6]', async () => {
  const settings = cluster.settings();
  expect(await examined({ ...settings, kubeconfig: '/nowhere/kubeconfig' })).toMatchObject({
    ok: false,
    detail: expect.stringContaining('/nowhere/kubeconfig cannot be read (ENOENT)'),
  });
}, 120_000);

test('a cluster is the same from whichever account looks, and another one for another installation [B13][D2]', async () => {
  const settings = cluster.settings();
  const one = await identityOf(settings);
  expect(one).toMatch(/^[0-9a-f-]{36}\/owner-/);
  expect(await identityOf({ ...settings, kubeconfig: await cluster.identity(rulesOf(settings)) })).toBe(one);
  expect(await identityOf({ ...settings, owner: 'other' })).not.toBe(one);
  const [first, second] = [await cluster.namespace(), await cluster.namespace()];
  const narrow = await identityOf({ ...settings, namespaces: [first, second] });
  expect(await identityOf({ ...settings, namespaces: [second, first] })).toBe(narrow);
  await expect(identityOf({ ...settings, namespaces: ['aaa-nowhere'] })).rejects.toThrow(
    /has no namespace aaa-nowhere/,
  );
}, 120_000);

const BASE = new URL('../../../../infra/kubernetes-worker/', import.meta.url);
const object = (file: string) => parse(readFileSync(new URL(file, BASE), 'utf8')) as Applied;
interface Applied {
  readonly apiVersion: string;
  readonly kind: string;
  readonly rules: Parameters<typeof questionsOf>[0];
}

test.each([
  ['cluster-role.yaml', { probe: 'direct', createNamespaces: true }],
  ['role.yaml', { probe: 'direct', createNamespaces: false }],
] as const)('the rights in %s are those of a worker in the cluster, and no others [D2][F6]', (file, settings) => {
  const sorted = (rules: Applied['rules']) =>
    questionsOf(rules)
      .map((one) => JSON.stringify(one))
      .toSorted();
  expect(sorted(object(file).rules)).toEqual(sorted(rulesOf(settings)));
});

test('the base for a worker in the cluster is what the API server takes, with no field that it does not know [D2][H1]', async () => {
  const paths: Readonly<Record<string, string>> = {
    'service-account.yaml': '/api/v1/namespaces/default/serviceaccounts',
    'cluster-role.yaml': '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    'cluster-role-binding.yaml': '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    'role.yaml': '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles',
    'deployment.yaml': '/apis/apps/v1/namespaces/default/deployments',
  };
  const others = ['kustomization.yaml', 'settings.env', 'clusters.json'];
  expect(readdirSync(BASE).toSorted()).toEqual([...Object.keys(paths), ...others].toSorted());
  for (const [file, path] of Object.entries(paths)) {
    await cluster.api.call('POST', `${path}?dryRun=All&fieldValidation=Strict`, object(file));
  }
  const [eu] = readClusters(fileURLToPath(new URL('clusters.json', BASE)));
  expect(eu).toMatchObject({ name: 'eu', inCluster: true, probe: 'direct', createNamespaces: true });
});
