/** One service of `target.kubernetes.services`. */
import { z } from 'zod';
import { checked, duration, port } from '../yaml-fields.ts';
import { whyNotAnnotation, whyNotObject } from './kubernetes-names.ts';
import { parseQuantity, resourceFields } from './kubernetes-quantity.ts';
import { FEW_ROUTES, areFewRoutes, routeFields } from './route-fields.ts';

const MAX_REPLICAS = 1000;
/** The API server's limit for all annotations of an object is 256 KiB. */
const MAX_ANNOTATION = 16_384;
const objectName = checked(whyNotObject);
const replicas = z.int().min(1).max(MAX_REPLICAS);

const Range = z.strictObject({
  min: replicas,
  max: replicas,
  cpu: z.int().min(1).max(1000).default(80).describe('The share of its requested CPU to aim at, in percent.'),
});

const Ingress = z.strictObject({
  class: objectName.optional().describe("The ingress class. Default: the cluster's own default."),
  tls: objectName.optional().describe('The TLS Secret of the namespace, which the cluster brings.'),
  annotations: z.record(checked(whyNotAnnotation), z.string().max(MAX_ANNOTATION)).default({}),
});

const Resources = z.strictObject({
  requests: z.strictObject(resourceFields).prefault({}),
  limits: z.strictObject(resourceFields).prefault({}),
});

export const KubernetesService = z
  .strictObject({
    replicas: z.union([replicas, Range]).default(1).describe('A number, or min, max and the CPU share to scale by.'),
    port: port.default(80).describe('The port of the Service; `run.port` is that of the container.'),
    hosts: routeFields.hosts.optional().describe('Names of an Ingress. Without them: reached inside the cluster only.'),
    paths: routeFields.paths,
    ingress: Ingress.optional(),
    resources: Resources.prefault({}).describe('What a pod asks for, and its limits.'),
    available: replicas.optional().describe('So many pods stay up while nodes are drained.'),
    rollout: duration('10s', '2h').default('10m').describe('The time that a rollout may take.'),
    readOnlyRoot: z.boolean().default(false).describe('true: the root file system of the container is read-only.'),
    runAsUser: z
      .int()
      .min(1, 'use a user id of 1 or more: pods do not run as root')
      .max(2_147_483_647)
      .optional()
      .describe("The user id. Default: the image's own, which must be a number other than 0."),
    serviceAccount: objectName.optional().describe('Its token is not mounted.'),
    pullSecrets: z.array(objectName).min(1).max(20).optional().describe('Secrets of the namespace.'),
  })
  .superRefine((service, context) => {
    for (const { path, message } of problemsOf(service)) context.addIssue({ code: 'custom', path, message });
  });

/** A service as the file says it, defaults filled in. */
export type WrittenService = z.output<typeof KubernetesService>;
type Problem = { readonly path: string[]; readonly message: string };

export const replicasOf = ({ replicas: written }: Pick<WrittenService, 'replicas'>): number =>
  typeof written === 'number' ? written : written.min;

type Fields = Omit<WrittenService, 'hosts'> & { readonly hosts?: readonly string[] | undefined };

function* problemsOf(service: Fields): Generator<Problem> {
  const { replicas: written, hosts, paths, ingress, resources, available } = service;
  if (typeof written !== 'number') {
    if (written.min > written.max) {
      yield { path: ['replicas', 'max'], message: `it is below "min", which is ${written.min}` };
    }
    if (resources.requests.cpu === undefined && resources.limits.cpu === undefined) {
      yield {
        path: ['replicas', 'cpu'],
        message: 'it is a share of what a pod requests: set "resources.requests.cpu"',
      };
    }
  }
  if (hosts === undefined && (paths.length !== 1 || paths[0] !== '/')) {
    yield { path: ['paths'], message: 'paths belong to names: set "hosts" as well' };
  }
  if (hosts === undefined && ingress !== undefined) {
    yield { path: ['ingress'], message: 'an ingress has names: set "hosts" as well' };
  }
  if (hosts !== undefined && !areFewRoutes({ hosts, paths })) yield { path: ['hosts'], message: FEW_ROUTES };
  for (const resource of ['cpu', 'memory'] as const) {
    const [asked, limit] = [resources.requests[resource], resources.limits[resource]];
    if (asked === undefined || limit === undefined) continue;
    if ((parseQuantity(String(asked)) ?? 0) <= (parseQuantity(String(limit)) ?? 0)) continue;
    yield { path: ['resources', 'requests', resource], message: `it is above the limit, which is ${limit}` };
  }
  const fewest = replicasOf(service);
  if (available !== undefined && available >= fewest) {
    yield {
      path: ['available'],
      message: `use less than the number of replicas, ${fewest}: otherwise no node with one of them can be drained`,
    };
  }
}
