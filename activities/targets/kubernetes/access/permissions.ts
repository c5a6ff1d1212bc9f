/** The rights of Landfall's account in a cluster: the least with which everything works. */
import type { ClusterSettings } from '../../../../contracts/config/cluster.ts';

/** One rule of a role (rbac.authorization.k8s.io/v1). */
export interface AccessRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** Objects that are made are found again by their labels, and deleted when nothing asks for them any more. */
const OWNED = ['get', 'list', 'create', 'patch', 'delete'] as const;
const SEEN = ['get', 'list'] as const;

const rule = (group: string, resources: readonly string[], verbs: readonly string[]): AccessRule => ({
  apiGroups: [group],
  resources,
  verbs,
});

/** In the namespaces of environments. */
const OF_ENVIRONMENTS: readonly AccessRule[] = [
  // Fences and pull secrets are replaced by the version that was read.
  rule('', ['configmaps', 'secrets'], [...OWNED, 'update']),
  rule('', ['services'], OWNED),
  rule('apps', ['deployments'], OWNED),
  rule('batch', ['jobs'], OWNED),
  rule('networking.k8s.io', ['ingresses'], OWNED),
  rule('autoscaling', ['horizontalpodautoscalers'], OWNED),
  rule('policy', ['poddisruptionbudgets'], OWNED),
  rule('', ['pods', 'events'], SEEN),
  rule('apps', ['replicasets'], SEEN),
  rule('discovery.k8s.io', ['endpointslices'], SEEN),
  rule('', ['pods/log'], ['get']),
];

/** A worker outside of the pods' network asks pods and services through the API server. */
const THROUGH_API_SERVER = rule('', ['pods/proxy', 'services/proxy'], ['get']);

type Used = Pick<ClusterSettings, 'probe' | 'createNamespaces'>;

/** For a ClusterRole, or for a Role in each of the `namespaces`. */
export const rulesOf = ({ probe, createNamespaces }: Used): readonly AccessRule[] => [
  rule('', ['namespaces'], createNamespaces ? ['get', 'create'] : ['get']),
  ...OF_ENVIRONMENTS,
  ...(probe === 'api-server' ? [THROUGH_API_SERVER] : []),
];

/** One question to the API server (authorization.k8s.io/v1, `ResourceAttributes`). */
export interface AccessQuestion {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verb: string;
}

/** Each right by itself. */
export const questionsOf = (rules: readonly AccessRule[]): readonly AccessQuestion[] =>
  rules.flatMap(({ apiGroups: [group = ''], resources, verbs }) =>
    resources.flatMap((named) => {
      const [resource = '', subresource] = named.split('/');
      return verbs.map((verb) => ({ group, resource, ...(subresource !== undefined && { subresource }), verb }));
    }),
  );

/** `create deployments.apps`, as people read it in a role. */
export const rightText = ({ group, resource, subresource, verb }: AccessQuestion): string =>
  `${verb} ${subresource === undefined ? resource : `${resource}/${subresource}`}${group === '' ? '' : `.${group}`}`;
