import type { V1Ingress } from '@kubernetes/client-node';
import { routeNames } from '../../../../contracts/config/routes.ts';
import { COMPONENT } from '../labels.ts';
import { clusterServiceName } from '../names.ts';
import type { Run } from '../run.ts';
import { metadataOf, type Maker } from './metadata.ts';
import { PORT_NAME } from './port-name.ts';

/** `Prefix` goes by whole segments, as Landfall's own paths do. @returns `undefined` for a service without names */
export function ingressObject(maker: Maker, run: Run): V1Ingress | undefined {
  const { key, routes = [], ingress: settings } = run;
  if (routes.length === 0) return undefined;
  const name = clusterServiceName(key);
  const metadata = metadataOf(maker, run, { name, component: COMPONENT.server });
  const hosts = [...routeNames(routes)];
  const backend = { service: { name, port: { name: PORT_NAME } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...metadata, annotations: { ...settings?.annotations, ...metadata.annotations } },
    spec: {
      ...(settings?.class !== undefined && { ingressClassName: settings.class }),
      ...(settings?.tls !== undefined && { tls: [{ hosts, secretName: settings.tls }] }),
      rules: hosts.map((host) => ({
        host,
        http: {
          paths: routes
            .filter((route) => route.host === host)
            .map(({ path }) => ({ path, pathType: 'Prefix', backend })),
        },
      })),
    },
  };
}
