/**
 * The pods' addresses, at which their programs answer over HTTP for as long as they run; the kubelet's part in that: a
 * pod becomes ready once its program listens and its readiness probe has had a good answer.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../../../infra/dev/kubernetes/api.ts';
import { answerOf, type PodSeen, type Programs } from './programs.ts';
import { watchPods, type Container, type Pod } from './pods.ts';
import { SERVES } from './stages.ts';

export interface PodNetwork {
  /** The pod that has this name now. */
  find(namespace: string, name: string): Pod | undefined;
  stop(): Promise<void>;
}

const BETWEEN_PROBES_MS = 100;

interface Up {
  pod: Pod;
  readonly servers: readonly Server[];
  readonly end: AbortController;
}

export function startPodNetwork(api: Api, programs: Programs): PodNetwork {
  const up = new Map<string, Up>();
  const pods = new Map<string, Pod>();
  const over = new AbortController();

  const seen = (pod: Pod): void => {
    const { uid } = pod.metadata;
    pods.set(uid, pod);
    const already = up.get(uid);
    if (already) already.pod = pod;
    if (mayServe(pod) === (already !== undefined)) return;
    if (already) down(uid);
    else void serve(pod);
  };
  const gone = (uid: string): void => {
    pods.delete(uid);
    down(uid);
  };
  const down = (uid: string): void => {
    const one = up.get(uid);
    up.delete(uid);
    one?.end.abort();
    for (const server of one?.servers ?? []) {
      server.close();
      server.closeAllConnections();
    }
  };

  async function serve(pod: Pod): Promise<void> {
    const ip = pod.status?.podIP ?? '';
    const end = new AbortController();
    const listening = portsOf(pod).map(({ container, port }) => ({
      port,
      server: createServer((request, response) => void answer(programs, seenBy(pod, container), request, response)),
    }));
    up.set(pod.metadata.uid, { pod, servers: listening.map(({ server }) => server), end });
    try {
      await Promise.all(listening.map(({ server, port }) => listen(server, ip, port)));
      await untilReady(ip, pod, end.signal);
      if (!end.signal.aborted) await tellServing(api, pod);
    } catch (error) {
      // A pod that was deleted meanwhile is no failure.
      if (!end.signal.aborted && pods.has(pod.metadata.uid)) console.error(`The pod ${pod.metadata.name}:`, error);
    }
  }

  const watching = watchPods(api, { seen, gone }, over.signal);
  return {
    find: (namespace, name) =>
      [...pods.values()].find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
    stop: async () => {
      over.abort();
      await watching;
      for (const uid of up.keys()) down(uid);
    },
  };
}

/** Its containers run. */
function mayServe({ metadata, spec, status }: Pod): boolean {
  if (metadata.deletionTimestamp !== undefined || !status?.podIP) return false;
  if (!spec.containers.some(({ ports = [] }) => ports.length > 0)) return false;
  const states = (status.containerStatuses ?? []).map(({ state }) => state);
  return states.length > 0 && states.every((state) => state?.running !== undefined);
}

const portsOf = ({ spec }: Pod) =>
  spec.containers.flatMap((container) =>
    (container.ports ?? []).map(({ containerPort }) => ({ container, port: containerPort })),
  );

export const seenBy = ({ metadata }: Pod, { name, image }: Container): PodSeen => ({
  ...{ namespace: metadata.namespace, name: metadata.name, labels: metadata.labels ?? {} },
  ...{ container: name, image },
});

async function answer(
  programs: Programs,
  pod: PodSeen,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    let body = '';
    for await (const part of request.setEncoding('utf8') as AsyncIterable<string>) body += part;
    const { method = 'GET', url: path = '/', headers } = request;
    const said = await answerOf(programs, { kind: 'visit', pod, method, path, headers, body });
    response.writeHead(said.status, { 'content-type': 'text/plain' }).end(said.body);
  } catch (error) {
    // The program has no answer: as one that crashes while it is asked.
    response.destroy(error instanceof Error ? error : undefined);
  }
}

const listen = (server: Server, ip: string, port: number) =>
  new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, ip, resolve);
  });

/** Asks the readiness probes' paths until all have answered well (2xx or 3xx), as a kubelet does. */
async function untilReady(ip: string, { spec }: Pod, signal: AbortSignal): Promise<void> {
  const urls = spec.containers.flatMap(({ readinessProbe, ports = [] }) => {
    const probe = readinessProbe?.httpGet;
    if (!probe) return [];
    const port = typeof probe.port === 'number' ? probe.port : ports[0]?.containerPort;
    return [`http://${ip}:${port}${probe.path ?? '/'}`];
  });
  const good = async (url: string) => {
    const answered = await fetch(url, { signal, redirect: 'manual' }).catch(() => undefined);
    await answered?.body?.cancel();
    return answered !== undefined && answered.status >= 200 && answered.status < 400;
  };
  while (!signal.aborted) {
    const all = await Promise.all(urls.map(good));
    if (all.every(Boolean)) return;
    await delay(BETWEEN_PROBES_MS);
  }
}

async function tellServing(api: Api, { metadata }: Pod): Promise<void> {
  const condition = { type: SERVES, status: 'True', lastTransitionTime: new Date().toISOString() };
  await api.call(
    'PATCH',
    `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/status`,
    { metadata: { uid: metadata.uid }, status: { conditions: [condition] } },
    'application/strategic-merge-patch+json',
  );
}
