/** The nodes' side of `pods/log`: the API server asks here, as it asks a kubelet. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { logOf, type Programs } from './programs.ts';
import { seenBy, type PodNetwork } from './pod-network.ts';

export interface Kubelet {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** `/containerLogs/NAMESPACE/POD/CONTAINER` with the parameters of PodLogOptions (k8s.io/api/core/v1). */
const PATH = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/;

/** @param certificates - the folder of the API server's own: both are at 127.0.0.1 */
export async function startKubelet(certificates: string, network: PodNetwork, programs: Programs): Promise<Kubelet> {
  const [cert, key] = ['apiserver.crt', 'apiserver.key'].map((name) => readFileSync(join(certificates, name)));
  const server = createServer({ cert, key }, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://node');
    const [, namespace = '', name = '', container = ''] = PATH.exec(pathname) ?? [];
    const pod = network.find(namespace, name);
    const wanted = pod?.spec.containers.find((one) => one.name === container);
    if (!pod || !wanted) {
      response.writeHead(404).end(`there is no container ${container} of pod ${namespace}/${name}`);
      return;
    }
    logOf(programs, { kind: 'log', pod: seenBy(pod, wanted), previous: searchParams.get('previous') === 'true' }).then(
      (log) => response.writeHead(200, { 'content-type': 'text/plain' }).end(cut(log, searchParams)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function cut(log: string, options: URLSearchParams): string {
  const lines = log.split(/(?<=\n)/).filter(Boolean);
  const tail = options.get('tailLines');
  const last = tail === null ? lines : lines.slice(lines.length - Math.min(Number(tail), lines.length));
  const stamp = options.get('timestamps') === 'true' ? `${new Date().toISOString()} ` : '';
  const text = Buffer.from(last.map((line) => stamp + line).join(''));
  const limit = options.get('limitBytes');
  return text.subarray(0, limit === null ? text.length : Number(limit)).toString();
}
