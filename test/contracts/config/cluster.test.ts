import { expect, test } from '@jest/globals';
import { ClusterSettings } from '../../../contracts/config/cluster.ts';
import { schemaProblems } from '../../../contracts/core/schema-problems.ts';

const problems = (written: object): string[] => {
  const read = ClusterSettings.safeParse({ name: 'eu', ...written });
  return read.success
    ? []
    : schemaProblems(read.error.issues).map(({ path, key = '', message }) => `${path.join('.')}${key}: ${message}`);
};

test('a worker in the cluster probes pods directly, one outside through the API server [D2]', () => {
  const usual = { name: 'eu', owner: 'landfall', createNamespaces: true };
  expect(ClusterSettings.parse({ name: 'eu', inCluster: true })).toEqual({
    ...usual,
    inCluster: true,
    probe: 'direct',
  });
  const kubeconfig = '/etc/landfall/eu.yaml';
  expect(ClusterSettings.parse({ name: 'eu', kubeconfig })).toEqual({ ...usual, kubeconfig, probe: 'api-server' });
});

test('where namespaces are named, none is made, unless that is said [D2]', () => {
  const shop = { name: 'eu', inCluster: true, namespaces: ['shop'] };
  expect(ClusterSettings.parse(shop).createNamespaces).toBe(false);
  expect(ClusterSettings.parse({ ...shop, createNamespaces: true }).createNamespaces).toBe(true);
});

test.each([
  [{}, 'kubeconfig: set either "kubeconfig", the path of one, or "inCluster": true'],
  [{ inCluster: true, kubeconfig: '/k' }, 'kubeconfig: set either "kubeconfig", the path of one, or "inCluster": true'],
  [{ inCluster: true, context: 'eu' }, 'context: a context is one of a kubeconfig: set "kubeconfig" as well'],
  [{ kubeconfig: '~/.kube/config' }, 'kubeconfig: use an absolute path'],
  [{ inCluster: true, name: 'EU' }, 'name: use lower-case letters, digits and dashes, 40 at most'],
  [{ inCluster: true, probe: 'proxy' }, 'probe: use direct or api-server'],
  [{ inCluster: true, namespace: 'shop' }, 'namespace: unrecognized key "namespace"'],
])('a cluster written as %j is refused, with what to write [D2][F6]', (written, problem) => {
  expect(problems(written)).toEqual([problem]);
});
