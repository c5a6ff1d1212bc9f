/** The ways in which a worker's own probes reach pods and services. */
import { Readable } from 'node:stream';
import type { HealthSettings } from '../../../contracts/config/service.ts';
import { failureOf } from '../../../contracts/core/failures.ts';
import { probeHttp, probeTcp, type ProbeOptions, type ProbeResult, type ProbeWay } from '../probe.ts';
import type { ClusterAnswer } from './client/requests.ts';
import type { ProxyTarget } from './client/client.ts';
import { readStatus, refusal, type Status } from './client/status.ts';
import type { Environment, Seen, SeenPod } from './look.ts';
import { PORT_NAME } from './manifests/port-name.ts';
import type { KubernetesPlace } from './place.ts';
import { clusterServiceName } from './names.ts';

interface Probed {
  readonly health: HealthSettings;
  readonly options: ProbeOptions;
}

/** One question to one pod, at its own port. */
export async function probePod(
  place: KubernetesPlace,
  { pod, name, ready }: SeenPod,
  { port, namespace }: { readonly port: number; readonly namespace: string },
  probed: Probed,
): Promise<ProbeResult> {
  const address = pod.status?.podIP ?? '';
  if (address === '') return `Pod ${name} has no address yet`;
  const through: ProxyTarget = { namespace, resource: 'pods', name, port };
  return ask(place, { address, port, through, isReady: ready }, probed);
}

/** One question through the Service, at whichever pod it chooses. */
export async function probeService(
  place: KubernetesPlace,
  { key, namespace }: Environment,
  { service, pods }: Seen,
  probed: Probed,
): Promise<ProbeResult> {
  const address = service?.spec?.clusterIP ?? '';
  const port = service?.spec?.ports?.[0]?.port;
  if (port === undefined || address === '') return 'Its Service has no address';
  const through: ProxyTarget = { namespace, resource: 'services', name: clusterServiceName(key), port: PORT_NAME };
  return ask(place, { address, port, through, isReady: pods.some(({ serving, ready }) => serving && ready) }, probed);
}

interface Asked {
  readonly address: string;
  readonly port: number;
  readonly through: ProxyTarget;
  /** The cluster's own check passes. */
  readonly isReady: boolean;
}

async function ask(
  place: KubernetesPlace,
  { address, port, through, isReady }: Asked,
  { health, options }: Probed,
): Promise<ProbeResult> {
  const isDirect = place.cluster.probe === 'direct';
  if (health.kind === 'http')
    return probeHttp(
      { address, port, ...(!isDirect && { way: wayTo(place, through) }) },
      withHost(health, address, port),
      options,
    );
  if (isDirect) return probeTcp({ address, port }, options);
  // The API server carries HTTP only. A pod is ready when its node could connect to it.
  return isReady ? null : `Connecting to ${address}:${port} failed for its node`;
}

/** The Host of a direct request, also where the API server carries it. */
const withHost = (health: HealthSettings, address: string, port: number): HealthSettings => ({
  ...health,
  host: health.host ?? `${address.includes(':') ? `[${address}]` : address}:${port}`,
});

/** Through the API server. Its own refusals are not answers of the service. */
function wayTo({ client, cluster }: KubernetesPlace, target: ProxyTarget): ProbeWay {
  return async ({ path, headers: given, signal }) => {
    // This connection is the worker's own, and serves many questions.
    const { connection: _connection, ...headers } = given;
    const answer = await client.proxied(target, { path, headers, signal });
    if (answer.statusCode < 400 || !/json/.test(String(answer.headers['content-type'] ?? ''))) return answer;
    const text = await answer.body.text();
    const status = readStatus(text);
    const error = ownRefusal(status, answer, { cluster: cluster.name, target });
    if (error) throw error;
    return { ...answer, body: Readable.from([Buffer.from(text)]) as ClusterAnswer['body'] };
  };
}

/** @returns `undefined` for an answer of the service, whatever it looks like */
function ownRefusal(
  status: Status,
  { statusCode: code }: ClusterAnswer,
  { cluster, target: { resource, name, namespace } }: { readonly cluster: string; readonly target: ProxyTarget },
): Error | undefined {
  const { message } = status;
  if (/^error trying to reach service|no endpoints available for service|^address not allowed/.test(message)) {
    return Object.assign(new Error(message), {
      code: /connection refused/.test(message) ? 'ECONNREFUSED' : 'ENOANSWER',
    });
  }
  const request = `GET ${resource}/${name} through the API server`;
  if (code === 401 || (code === 403 && message.includes(`"${resource}/proxy"`)))
    return refusal({ cluster, request, code, status });
  if (code === 404 && message === `${resource} "${name}" not found`)
    return new Error(`${name} is gone from ${namespace}`);
  const own = code === 429 || code === 503 ? refusal({ cluster, request, code, status }) : undefined;
  return own && failureOf(own) && status.reason !== '' ? own : undefined;
}
