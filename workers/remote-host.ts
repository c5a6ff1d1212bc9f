/**
 * One place in a process of its own: a host on its own machine, which builds and runs there, or a cluster, from wherever it is
 * reached. It speaks to Temporal, to its engine, to the registry and to Landfall, which takes its logs and gives it values of
 * variables. It knows no database and no webhook secret.
 *
 * `node workers/remote-host.ts`, configured by environment variables (workers/host-config.ts); people start it by
 * `landfall worker --host NAME` or `--cluster NAME`. Prints one JSON line `{"ready":true,"host":…}` on stdout once it takes work; logs go to
 * stderr. Ends with 0 on SIGINT and SIGTERM, with 1 when something that it needs fails: start it again.
 */
import { createGitHubClient } from '../activities/github/client.ts';
import { createGitHubCredentials } from '../activities/github/credentials.ts';
import { createGitHubSource } from '../activities/github/source.ts';
import { createTokenBroker } from '../activities/github/token-broker.ts';
import { createHttpLogSink } from '../activities/logs/http-sink.ts';
import type { SourceCredentials } from '../activities/source/credentials.port.ts';
import { createHttpCertificates } from '../activities/targets/http-certificates.ts';
import { createHttpVariables } from '../activities/targets/http-variables.ts';
import { createBuildWorkers } from './build-workers.ts';
import { readHostConfig } from './host-config.ts';
import { claimPlaceNames } from './place-names.ts';
import { createLogger, logTemporalTo } from './logger.ts';
import { runWorkers } from './pool.ts';
import { sayReady, serve } from './serve.ts';
import { createTargetWorkers, placeEngines } from './target-workers.ts';
import { connectTemporal } from './temporal.ts';

/** The time for the last log lines after the work has ended. */
const LAST_LINES_MS = 5_000;

/** A host that only runs services fetches nothing. */
const NO_CREDENTIALS: SourceCredentials = {
  tokenFor: async () => undefined,
  cloneUrlOf: async ({ cloneUrl }) => cloneUrl,
};

function gitHubCredentials(settings: NonNullable<ReturnType<typeof readHostConfig>['gitHub']>): SourceCredentials {
  const broker = createTokenBroker(settings);
  const client = createGitHubClient({ apiUrl: settings.apiUrl, broker });
  return createGitHubCredentials(broker, createGitHubSource(client));
}

async function startRemoteHost(config: ReturnType<typeof readHostConfig>) {
  const logger = createLogger(config.logLevel);
  logTemporalTo(logger);
  const temporal = await connectTemporal(config.temporal);
  const { host, cluster, registry, privateSources } = config;
  const [hosts, clusters] = [host ? [host] : [], cluster ? [cluster] : []];
  const engines = placeEngines({ clusters });
  const names = await claimPlaceNames({ client: temporal.client, hosts, engines, taking: config.takesHosts });
  const logs = createHttpLogSink({
    ...config.landfall,
    onError: (error) => logger.warn({ err: error }, 'a log could not be sent'),
  });
  const shared = { native: temporal.native, namespace: config.temporal.namespace, registry, logs };
  const workers = await Promise.all([
    createTargetWorkers({
      ...{ ...shared, hosts, clusters, variables: createHttpVariables(config.landfall) },
      certificates: createHttpCertificates(config.landfall),
      onProblem: (place, error) => logger.warn({ err: error, place }, 'a place is not served as it is set up'),
    }),
    ...hosts.map((one) =>
      createBuildWorkers({
        ...{ ...shared, host: one, privateSources },
        credentials: config.gitHub ? gitHubCredentials(config.gitHub) : NO_CREDENTIALS,
      }),
    ),
  ]);
  const pool = runWorkers(workers.flat());
  const lost = Promise.withResolvers<never>();
  const watch = names.watch((_queue, why) => lost.reject(why));
  return {
    /** Rejects when a worker stops by itself, and when another engine has taken the place's name. */
    done: Promise.race([pool.done, lost.promise]),
    async stop() {
      watch.stop();
      await pool.stop();
      await logs.close(LAST_LINES_MS);
      await temporal.close();
    },
  };
}

if (import.meta.main) {
  await serve(async () => {
    const config = readHostConfig(process.env);
    const running = await startRemoteHost(config);
    sayReady(config.host ? { host: config.host.name } : { cluster: config.cluster.name });
    return running;
  });
}
