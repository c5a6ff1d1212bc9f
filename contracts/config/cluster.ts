/** A cluster as its own worker knows it; the control plane knows only its name. */
import { z } from 'zod';
import { NAME } from '../core/names.ts';

const file = z.string().startsWith('/', 'use an absolute path');
/** RFC 1123, a label: what a namespace can be called. */
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** The way in which the worker's own probes reach pods. */
const PROBES = ['direct', 'api-server'] as const;

const Written = z
  .strictObject({
    name: z.string().regex(NAME, 'use lower-case letters, digits and dashes, 40 at most'),
    /** A kubeconfig of its own, readable by the worker. */
    kubeconfig: file.optional(),
    /** The context in the kubeconfig. Default: its current one. */
    context: z.string().min(1).max(253).optional(),
    /** The worker runs in the cluster, and uses the account of its own pod. */
    inCluster: z.literal(true).optional(),
    /**
     * The label on everything that this installation makes. Two installations that share a cluster need two, or each
     * takes the other's objects for its own.
     */
    owner: z.string().regex(NAME, 'use lower-case letters, digits and dashes, 40 at most').default('landfall'),
    /** Only these are used. Default: whichever landfall.yaml names. */
    namespaces: z
      .array(z.string().regex(NAMESPACE, 'use lower-case letters, digits and dashes, 63 at most'))
      .min(1)
      .max(1000)
      .optional(),
    /** `direct`: to the pod's own address. `api-server`: through the API server, for a worker outside of the pods' network. */
    probe: z.enum(PROBES).optional(),
    /** A file as `docker login` writes it. Its content becomes a pull secret in each namespace. */
    pullAuthFile: file.optional(),
    /** Whether a missing namespace is made. Default: yes, unless `namespaces` names those that are there. */
    createNamespaces: z.boolean().optional(),
  })
  .refine(({ kubeconfig, inCluster }) => (kubeconfig === undefined) !== (inCluster === undefined), {
    error: 'set either "kubeconfig", the path of one, or "inCluster": true',
    path: ['kubeconfig'],
  })
  .refine(({ kubeconfig, context }) => context === undefined || kubeconfig !== undefined, {
    error: 'a context is one of a kubeconfig: set "kubeconfig" as well',
    path: ['context'],
  });

export const ClusterSettings = Written.transform(({ probe, createNamespaces, ...written }) => ({
  ...written,
  probe: probe ?? (written.inCluster ? ('direct' as const) : ('api-server' as const)),
  createNamespaces: createNamespaces ?? written.namespaces === undefined,
}));
export type ClusterSettings = z.infer<typeof ClusterSettings>;
