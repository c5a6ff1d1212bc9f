import { mainRoute } from '../../../contracts/config/routes.ts';
import { clusterServiceName } from './names.ts';
import type { Run } from './run.ts';

/** The address of a run: its main name, or the one inside the cluster. */
export function urlOf({ key, namespace, port, routes = [], ingress }: Run): string {
  const route = mainRoute(routes);
  if (route) return `${ingress?.tls === undefined ? 'http' : 'https'}://${route.host}${route.path}`;
  return `http://${clusterServiceName(key)}.${namespace}.svc:${port}`;
}
