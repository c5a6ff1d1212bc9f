/**
 * The way to a cluster's API server: its address, and what a worker shows there. The one file that loads
 * @kubernetes/client-node, which takes its time and 90 MB: import it where a cluster is served, and nowhere else.
 */
import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import type { ClusterSettings } from '../../../../contracts/config/cluster.ts';
import { FailureType, failure, failureOf } from '../../../../contracts/core/failures.ts';
import type { Credentialed, ApiServer } from './access.ts';

/** Certificates and tokens are rotated: a file is read again after this. */
const FRESH_MS = 60_000;
/** A program that a kubeconfig names may ask a provider over the network. */
const AUTHORIZE_MS = 30_000;

interface Connection {
  readonly config: KubeConfig;
  readonly since: number;
  dispatcher?: Dispatcher | undefined;
}

/** Reads nothing before the first question, so a worker starts also where a kubeconfig is not there yet. */
export function connectCluster(settings: ClusterSettings): ApiServer {
  let current: Connection | undefined;

  function leave(): void {
    // Calls that are under way end first.
    void current?.dispatcher?.close().catch(() => undefined);
    current = undefined;
  }

  async function authorize(): Promise<Credentialed> {
    if (current && performance.now() - current.since > FRESH_MS) leave();
    current ??= { config: load(settings), since: performance.now() };
    const connection = current;
    const { config } = connection;
    const server = config.getCurrentCluster()?.server.replace(/\/+$/, '') ?? '';
    const context = new RequestContext(server, HttpMethod.GET);
    await within(config.applySecurityAuthentication(context), settings);
    // The client makes a dispatcher for each request; one that is kept spares each of them a handshake.
    connection.dispatcher ??= context.getDispatcher();
    return { server, headers: context.getHeaders(), dispatcher: connection.dispatcher };
  }

  return {
    authorize: async () =>
      authorize().catch((error: unknown) => {
        throw failureOf(error) ? error : refused(settings, 'Its credentials cannot be used');
      }),
    renew: leave,
  };
}

/** @throws `EngineRefused` */
function load(settings: ClusterSettings): KubeConfig {
  const { kubeconfig, context } = settings;
  const config = new KubeConfig();
  if (kubeconfig === undefined) {
    if (process.env['KUBERNETES_SERVICE_HOST'] === undefined) {
      throw refused(settings, 'This worker does not run in a pod of the cluster, although "inCluster" is set');
    }
    config.loadFromCluster();
    return config;
  }
  try {
    config.loadFromFile(kubeconfig);
  } catch (error) {
    // The words of a parser may quote the file, which holds keys.
    const { code } = error as NodeJS.ErrnoException;
    throw refused(settings, `Its kubeconfig ${kubeconfig} cannot be read${code === undefined ? '' : ` (${code})`}`);
  }
  if (context !== undefined) config.setCurrentContext(context);
  if (!config.getCurrentCluster() || !config.getCurrentUser()) {
    throw refused(
      settings,
      `Its kubeconfig ${kubeconfig} has no context ${context ?? '(current-context)'} with a cluster and a user`,
    );
  }
  return config;
}

const refused = ({ name }: ClusterSettings, why: string) =>
  failure(
    FailureType.EngineRefused,
    `Cluster ${name} cannot be used. ${why}. Mend the worker's LANDFALL_CLUSTERS_FILE, or the file that it names.`,
  );

async function within(work: Promise<void>, settings: ClusterSettings): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(refused(settings, `Its credentials were not there within ${AUTHORIZE_MS / 1_000} s`));
  }, AUTHORIZE_MS);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
