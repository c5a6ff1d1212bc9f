/** The paths of objects at the API server (kubernetes.io, "Kubernetes API Concepts", "Resource URIs"). */

/** An object's address. Its namespace is absent for one that belongs to none. */
export interface ObjectRef {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata?: { readonly name?: string | undefined; readonly namespace?: string | undefined } | undefined;
}

/** The kinds that Landfall uses, by API version. */
const RESOURCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  v1: {
    Namespace: 'namespaces',
    ConfigMap: 'configmaps',
    Secret: 'secrets',
    Service: 'services',
    Pod: 'pods',
    Event: 'events',
    ServiceAccount: 'serviceaccounts',
    ResourceQuota: 'resourcequotas',
    LimitRange: 'limitranges',
  },
  'apps/v1': { Deployment: 'deployments', ReplicaSet: 'replicasets' },
  'batch/v1': { Job: 'jobs' },
  'networking.k8s.io/v1': { Ingress: 'ingresses', NetworkPolicy: 'networkpolicies' },
  'policy/v1': { PodDisruptionBudget: 'poddisruptionbudgets' },
  'autoscaling/v2': { HorizontalPodAutoscaler: 'horizontalpodautoscalers' },
  'discovery.k8s.io/v1': { EndpointSlice: 'endpointslices' },
  'authentication.k8s.io/v1': { SelfSubjectReview: 'selfsubjectreviews' },
  'authorization.k8s.io/v1': { SelfSubjectAccessReview: 'selfsubjectaccessreviews' },
};

/** @param namespace - of one; absent: all namespaces, or a kind that belongs to none */
export function collectionPath(apiVersion: string, kind: string, namespace?: string): string {
  const resource = RESOURCES[apiVersion]?.[kind];
  if (resource === undefined) throw new TypeError(`${apiVersion} ${kind} is no kind that Landfall uses`);
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`}/${resource}`;
}

export function objectPath({ apiVersion = '', kind = '', metadata = {} }: ObjectRef): string {
  const { name = '', namespace } = metadata;
  return `${collectionPath(apiVersion, kind, namespace)}/${encodeURIComponent(name)}`;
}

/** `Deployment web in shop-production`. */
export const named = ({ kind = 'object', metadata = {} }: ObjectRef): string =>
  [kind, metadata.name, metadata.namespace === undefined ? '' : `in ${metadata.namespace}`]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
