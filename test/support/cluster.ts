/**
 * A Kubernetes cluster for tests: a real control plane, which the whole run shares, and simulated nodes (kwok). Pods
 * get ready or fail as the name of their image's repository says ({@link ENDINGS}); while one runs, its program
 * answers HTTP at its address and ports, and has a log.
 */
import { randomBytes } from 'node:crypto';
import { ClusterSettings } from '../../contracts/config/cluster.ts';
import { apiOf, type Api } from '../../infra/dev/kubernetes/api.ts';
import { onCleanup } from './cleanup.ts';
import { makeIdentity, type PolicyRule } from './cluster/identity.ts';
import { repositoryOf } from './cluster/programs.ts';
import { servePrograms, type Program } from './cluster/serve-programs.ts';
import { tellCluster } from './cluster/tell.ts';
import { visitService } from './cluster/visit.ts';
import type { SharedCluster } from './cluster/shared.ts';

export { ENDINGS } from './cluster/stages.ts';

export interface TestCluster {
  /** The cluster's settings for a worker with all rights; the owner is this file's own. */
  settings(changes?: Readonly<Record<string, unknown>>): ClusterSettings;
  /** A kubeconfig file of a person who may do everything. */
  readonly kubeconfig: string;
  /** The API, as that person uses it. */
  readonly api: Api;
  /**
   * The name of a new namespace of this file's own, removed after its last test.
   *
   * @param labels - added to those that keep its pods to the restricted profile (kubernetes.io, "Pod Security Standards")
   */
  namespace(labels?: Readonly<Record<string, string>>): Promise<string>;
  /**
   * Says what the pods do whose image is of this repository: `shop/web`, or as it stands in an image's name. The last
   * one that was said holds, until this file's last test.
   */
  program(repository: string, program: Program | Required<Program>['answer']): Promise<void>;
  /** The answer of a ready pod behind the service at `/`, as a client in the cluster gets it, or why there is none. */
  visit(namespace: string, service: string): Promise<string>;
  /**
   * A kubeconfig file of a service account that may do this and nothing else.
   *
   * @param namespaces - in these only; everywhere when left out
   */
  identity(rules: readonly PolicyRule[], namespaces?: readonly string[]): Promise<string>;
}

let shared: Promise<TestCluster> | undefined;

/**
 * The cluster that the whole run shares. The first file that asks waits until it is up, which takes minutes where the
 * control plane has not been built yet: call it in a hook or test with {@link CLUSTER_LIMIT_MS}.
 *
 * @throws Error when it cannot be built or started here, with the reason
 */
export function testCluster(): Promise<TestCluster> {
  shared ??= open();
  return shared;
}

/** For the hook that asks for the cluster first: two cores build the control plane in ten minutes when busy. */
export const CLUSTER_LIMIT_MS = 25 * 60_000;

async function open(): Promise<TestCluster> {
  const access = JSON.parse(await tellCluster('POST', '/')) as SharedCluster;
  const api = apiOf(access);
  onCleanup(() => api.close());
  const programs = await servePrograms();
  const owner = `owner-${randomBytes(5).toString('hex')}`;
  return {
    settings: (changes = {}) =>
      ClusterSettings.parse({ name: 'test', kubeconfig: access.kubeconfig, owner, ...changes }),
    kubeconfig: access.kubeconfig,
    api,
    namespace: async (labels = {}) => {
      const name = `test-${randomBytes(5).toString('hex')}`;
      const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
      await api.call('POST', '/api/v1/namespaces', {
        ...{ apiVersion: 'v1', kind: 'Namespace' },
        metadata: { name, labels: { ...restricted, ...labels } },
      });
      onCleanup(async () => {
        await api.call('DELETE', `/api/v1/namespaces/${name}`).catch(() => undefined);
      });
      return name;
    },
    program: async (repository, program) => {
      const name = repositoryOf(repository);
      await programs.add(name, typeof program === 'function' ? { answer: program } : program);
    },
    visit: (namespace, service) => visitService(api, namespace, service),
    identity: (rules, namespaces) => makeIdentity(api, access, rules, namespaces),
  };
}
