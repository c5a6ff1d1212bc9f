/** Clusters of Kubernetes, each of which runs the same pods; switched one after the other. */
import { z } from 'zod';
import { own } from '../../core/keys.ts';
import { clusterQueue } from '../../core/queues.ts';
import { Route } from '../routes.ts';
import { checked, milliseconds, name, port } from '../yaml-fields.ts';
import { targetKind, type WrittenClaim, type WrittenRoute } from './kind.ts';
import { whyNotNamespace, whyNotService } from './kubernetes-names.ts';
import { unfitFor } from './kubernetes-unfit.ts';
import { KubernetesService, replicasOf, type WrittenService } from './kubernetes-service.ts';
import { namedRoutes } from './route-fields.ts';

export { namespaceOf } from './kubernetes-names.ts';

const STRATEGIES = ['rolling', 'blue-green'] as const;

const quantities = z.object({ cpu: z.string().exactOptional(), memory: z.string().exactOptional() });

/** The settings of a service for each cluster. */
const settings = z.object({
  kind: z.literal('kubernetes'),
  /** Absent: see {@link namespaceOf}. */
  namespace: z.string().exactOptional(),
  strategy: z.enum(STRATEGIES),
  /** The fewest, where `autoscale` is set. */
  replicas: z.int(),
  autoscale: z.object({ max: z.int(), cpuPercent: z.int() }).exactOptional(),
  /** The port of the Service. */
  port,
  /** Names and paths of the Ingress. */
  routes: z.array(Route).min(1).exactOptional(),
  ingress: z
    .object({
      class: z.string().exactOptional(),
      annotations: z.record(z.string(), z.string()).exactOptional(),
      /** The TLS Secret. */
      tls: z.string().exactOptional(),
    })
    .exactOptional(),
  /** Quantities as the API server reads them. */
  resources: z.object({ requests: quantities.exactOptional(), limits: quantities.exactOptional() }).exactOptional(),
  /** `minAvailable` of the pod disruption budget; none when absent. */
  available: z.int().exactOptional(),
  /** The time that a rollout may take. */
  rolloutMs: z.int(),
  readOnlyRoot: z.boolean().exactOptional(),
  runAsUser: z.int().exactOptional(),
  serviceAccount: z.string().exactOptional(),
  pullSecrets: z.array(z.string()).exactOptional(),
});
export type KubernetesSettings = z.infer<typeof settings>;

/** NAME comes first, and its words too. */
const service = name.superRefine((text, context) => {
  const message = whyNotService(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** `web-5`, as a Deployment of `web` is called. */
const NUMBERED = /^(.+)-\d+$/;

export const kubernetes = targetKind({
  noun: 'cluster',
  fields: z
    .strictObject({
      clusters: z.array(name).min(1).max(50).describe('Switched in this order.'),
      namespace: checked(whyNotNamespace).optional().describe('Default: PROJECT-ENVIRONMENT.'),
      strategy: z.enum(STRATEGIES).default('rolling'),
      services: z.record(service, KubernetesService).describe('Service → how it runs in each cluster.'),
    })
    .superRefine(({ strategy, services }, context) => {
      if (strategy !== 'blue-green') return;
      for (const name of Object.keys(services)) {
        const numbered = NUMBERED.exec(name)?.[1];
        if (numbered === undefined || own(services, numbered) === undefined) continue;
        const message = `with blue-green, the Deployments of ${numbered} are called ${numbered}-1, ${numbered}-2, …: rename ${name}`;
        context.addIssue({ code: 'custom', path: ['services', name], message });
      }
    }),
  settings,
  read: ({ clusters, namespace, strategy, services }) => ({
    services: Object.keys(services).map((service) => ({ service, at: ['services', service] })),
    servicesAt: ['services'],
    places: clusters.map((cluster, index) => ({
      name: cluster,
      queue: clusterQueue(cluster),
      at: ['clusters', index],
    })),
    addresses: [],
    routes: Object.entries(services).flatMap(([service, written]) => writtenRoutes(service, written)),
    certificates: 'elsewhere',
    ...(namespace !== undefined && { claims: claimsIn(namespace, Object.keys(services)) }),
    unfit: (service, declared) => unfitFor(own(services, service), declared),
    keepsWarm: strategy === 'blue-green',
    switchMs: Math.max(0, ...Object.values(services).map(({ rollout }) => milliseconds(rollout))),
    kindSettings(service) {
      const written = own(services, service);
      if (!written) return undefined;
      return {
        kind: 'kubernetes',
        ...(namespace !== undefined && { namespace }),
        strategy,
        ...serviceSettings(written),
      } satisfies KubernetesSettings;
    },
  }),
  renamed: (written, keptOf) => ({
    ...written,
    services: Object.fromEntries(Object.entries(written.services).map(([service, at]) => [keptOf(service), at])),
  }),
});

/** Without a namespace of its own, an environment shares its with no other one. */
const claimsIn = (namespace: string, services: readonly string[]): readonly WrittenClaim[] =>
  services.map((service) => ({
    service,
    what: `${namespace}/${service}`,
    called: `${service} in the namespace ${namespace}`,
    at: ['services', service],
  }));

const writtenRoutes = (service: string, { hosts = [], paths }: WrittenService): readonly WrittenRoute[] =>
  namedRoutes({ hosts, paths }).map(({ route, index }) => ({
    service,
    route,
    at: ['services', service, 'hosts', index],
  }));

function serviceSettings(written: WrittenService): Omit<KubernetesSettings, 'kind' | 'namespace' | 'strategy'> {
  const {
    replicas,
    hosts = [],
    paths,
    ingress,
    resources,
    available,
    runAsUser,
    serviceAccount,
    pullSecrets,
  } = written;
  const routes = namedRoutes({ hosts, paths }).map(({ route }) => route);
  const asked = resourceSettings(resources);
  return {
    replicas: replicasOf(written),
    ...(typeof replicas !== 'number' && { autoscale: { max: replicas.max, cpuPercent: replicas.cpu } }),
    port: written.port,
    ...(routes.length > 0 && { routes }),
    ...(ingress && { ingress: ingressSettings(ingress) }),
    ...(asked && { resources: asked }),
    ...(available !== undefined && { available }),
    rolloutMs: milliseconds(written.rollout),
    ...(written.readOnlyRoot && { readOnlyRoot: true }),
    ...(runAsUser !== undefined && { runAsUser }),
    ...(serviceAccount !== undefined && { serviceAccount }),
    ...(pullSecrets && { pullSecrets }),
  };
}

const ingressSettings = ({ class: name, tls, annotations }: NonNullable<WrittenService['ingress']>) => ({
  ...(name !== undefined && { class: name }),
  ...(tls !== undefined && { tls }),
  ...(Object.keys(annotations).length > 0 && { annotations }),
});

function resourceSettings({ requests, limits }: WrittenService['resources']): KubernetesSettings['resources'] {
  const [asked, most] = [requests, limits].map(({ cpu, memory }) => ({
    ...(cpu !== undefined && { cpu: String(cpu) }),
    ...(memory !== undefined && { memory: String(memory) }),
  }));
  const isNamed = (one: object | undefined): one is object => one !== undefined && Object.keys(one).length > 0;
  if (!isNamed(asked) && !isNamed(most)) return undefined;
  return { ...(isNamed(asked) && { requests: asked }), ...(isNamed(most) && { limits: most }) };
}
