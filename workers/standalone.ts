/**
 * Everything in one process: API, inbox, control worker, and the workers of the places that it is given.
 *
 * `node workers/standalone.ts`, configured by environment variables (workers/config.ts). Prints one JSON line
 * `{"ready":true,"url":…}` on stdout once it serves; logs go to stderr. Ends with 0 on SIGINT and SIGTERM, with 1 when
 * something that it needs fails: start it again, it goes on where it was.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { createDeliveryActivities } from '../activities/admission/admission.activities.ts';
import { createPreviewRulesActivities } from '../activities/admission/preview-rules.ts';
import { createCommitCheckActivities } from '../activities/admission/validate-commit.ts';
import { createCertificateActivities } from '../activities/certificates/certificates.activities.ts';
import { createAppClient } from '../activities/github/app-client.ts';
import { createGitHubClient } from '../activities/github/client.ts';
import { createConversationActivities } from '../activities/github/conversation.activities.ts';
import { createGitHubCredentials } from '../activities/github/credentials.ts';
import { createGitHubActivities } from '../activities/github/github.activities.ts';
import { createInstallationActivities } from '../activities/github/installation.activities.ts';
import { createInstallations } from '../activities/github/installations.ts';
import { readPrivateKey } from '../activities/github/private-key.ts';
import { createPeople } from '../activities/github/permissions.ts';
import { createGitHubSource } from '../activities/github/source.ts';
import { createTokenBroker } from '../activities/github/token-broker.ts';
import { createVerdictActivities } from '../activities/github/commit-check.ts';
import { createHookDeliveries } from '../activities/github/hook-deliveries.ts';
import { createFileLogSink } from '../activities/logs/file-sink.ts';
import { createPeopleActivities } from '../activities/people/people.activities.ts';
import { hostQueue } from '../contracts/core/queues.ts';
import { createDestroyActivities } from '../activities/records/destroy.activities.ts';
import { createRecallActivities } from '../activities/records/recall.activities.ts';
import { createRecordActivities } from '../activities/records/records.activities.ts';
import { createRetentionActivities } from '../activities/records/retention.activities.ts';
import { createTellActivities } from '../activities/records/tell.ts';
import { createRegistryClient } from '../activities/registry/client.ts';
import { createImageLookup } from '../activities/registry/image-lookup.ts';
import { createReconcileActivities } from '../activities/repair/reconcile.activities.ts';
import { createRepairActivities } from '../activities/repair/repair.activities.ts';
import { readCloneUrl } from '../activities/source/clone-url.ts';
import { createGitReader } from '../activities/source/git-reader.ts';
import { createWatchActivities } from '../activities/watch/watch.activities.ts';
import { createApp } from '../api/app.ts';
import { createInbox } from '../api/inbox/inbox.ts';
import { createOrderPort } from '../api/operations/order-port.ts';
import { startServer } from '../api/server.ts';
import { createTemporalGateway } from '../api/temporal/gateway.ts';
import { createEngineStatus } from '../api/temporal/engine-status.ts';
import { appendLog } from '../api/logs/append.ts';
import { logFile } from '../api/logs/file.ts';
import { Secret } from '../contracts/core/secret.ts';
import { inspectStore } from '../store/inspect.ts';
import { openStore } from '../store/open.ts';
import { createCertificateLedger } from '../store/queries/certificates.ts';
import { createCatalogue } from '../store/queries/catalogue.ts';
import { createInstallationRecord } from '../store/queries/installations.ts';
import { createLiveLedger } from '../store/queries/live-replicas.ts';
import { createUnderWayLedger } from '../store/queries/reconcile.ts';
import { createRepairLedger } from '../store/queries/repair.ts';
import { createVariableSource } from '../store/queries/variables.ts';
import { recordVersion } from '../store/queries/versions.ts';
import { createBuildWorkers } from './build-workers.ts';
import { readConfig } from './config.ts';
import type { Config } from './config.ts';
import { createControlWorker } from './control.ts';
import { createDeliveryReader } from './delivery-reader.ts';
import { claimPlaceNames } from './place-names.ts';
import { createLogger, logTemporalTo } from './logger.ts';
import { ownNames } from './own-names.ts';
import { runWorkers } from './pool.ts';
import { scheduleCertificates, scheduleForgetting, scheduleRepair, scheduleWatch } from './schedules.ts';
import { readSecretsKeys } from './secrets-keys.ts';
import { sayReady, serve } from './serve.ts';
import { assertNothingBreaks, rehearseTakeOver, thisVersion } from './take-over.ts';
import { createTargetWorkers, placeEngines } from './target-workers.ts';
import { connectTemporal } from './temporal.ts';
import { followTokens } from './tokens.ts';
import { workflowBundle } from './workflow-bundle.ts';
import { createYamlReader } from './yaml-reader.ts';

/** Longer than a record of what runs may be behind it. */
const LOST_AFTER_MS = 120_000;

export async function startStandalone(config: Config) {
  const logger = createLogger(config.logLevel);
  logTemporalTo(logger);

  const [standing, temporal, bundle, cookieKey, secretsKeys] = await Promise.all([
    inspectStore(config.databaseUrl),
    connectTemporal(config.temporal),
    workflowBundle(join(config.dataDir, 'cache')),
    keptKey(config.dataDir),
    readSecretsKeys({ file: config.secretsKeyFile, dataDir: config.dataDir }),
  ]);
  // Before anything is changed: the version that ran before can be started again.
  const rehearsal = config.rehearses
    ? await rehearseTakeOver({ standing, client: temporal.client, workflowBundle: bundle })
    : undefined;
  if (rehearsal) assertNothingBreaks(standing, rehearsal);
  const { hosts, clusters, takesHosts: taking } = config;
  const names = await claimPlaceNames({ client: temporal.client, hosts, engines: placeEngines({ clusters }), taking });
  const store = await openStore({ databaseUrl: config.databaseUrl });
  const version = await thisVersion(bundle);
  await recordVersion(store.db, version, Date.now());
  logger.info({ ...version, former: standing.last?.version, replayed: rehearsal?.replayed }, 'this version takes over');
  if (standing.isNewer) logger.warn('a newer version has added to the database: this one works with what it knows');

  const logDir = join(config.dataDir, 'logs');
  const logs = createFileLogSink({
    append: (stream, lines) => appendLog(logFile(logDir, stream), lines),
    onError: (error) => logger.error({ err: error }, 'a log could not be written'),
  });
  const broker = createTokenBroker(config.gitHub);
  const client = createGitHubClient({ apiUrl: config.gitHub.apiUrl, broker });
  const privateKey = readPrivateKey(config.gitHub.privateKey);
  const gitHubApp = createAppClient({ ...config.gitHub, privateKey }, Date.now);
  const installations = createInstallations({ apiUrl: config.gitHub.apiUrl, app: gitHubApp, broker });
  const publicUrl = config.publicUrl ?? `http://${config.listen.hostname}:${config.listen.port}`;
  const { native } = temporal;
  const { namespace } = config.temporal;

  const gateway = createTemporalGateway(temporal.client);

  const yaml = createYamlReader();
  const deliveries = createDeliveryReader();
  const catalogue = createCatalogue(store.db);
  const delivery = {
    catalogue,
    installations,
    source: {
      namesOf: catalogue.namesOf,
      gitHub: createGitHubSource(client),
      git: createGitReader({ privateSources: config.privateSources }),
      readYaml: yaml.read,
    },
    unservedQueues: gateway.unservedQueues,
    teamSize: createPeople(client).teamSize,
    registry: createImageLookup(createRegistryClient(config.registry), config.registry.address),
  };
  const hasImage = (image: string, signal: AbortSignal) => delivery.registry.imageExists(image, signal);
  const certificates = createCertificateLedger(store.db, secretsKeys);
  const ledger = createRepairLedger(store.db, config.gitHub.appId);
  // From now on nothing is missed: where the first walk ends is written down before anything arrives.
  await ledger.walk(Date.now());
  const workers = await Promise.all([
    createControlWorker({
      native,
      namespace,
      workflowBundle: bundle,
      activities: {
        ...createDeliveryActivities(delivery),
        ...createCommitCheckActivities(delivery),
        ...createPreviewRulesActivities({ ...delivery, maxPreviews: config.maxPreviews }),
        ...createVerdictActivities(client, publicUrl),
        ...createGitHubActivities({ client, app: gitHubApp, publicUrl }),
        ...createConversationActivities({ client, app: gitHubApp, publicUrl }),
        ...createPeopleActivities(createOrderPort({ store, temporal: gateway, logger, hasImage, logDir })),
        ...createInstallationActivities({ installations, broker, record: createInstallationRecord(store.db) }),
        ...createRepairActivities({
          hooks: createHookDeliveries(gitHubApp),
          gitHub: delivery.source.gitHub,
          ledger,
          settleMs: Math.min(config.repairEveryMs, 30_000),
        }),
        ...createReconcileActivities({
          underWay: createUnderWayLedger(store.db),
          engine: createEngineStatus(temporal.client),
          graceMs: LOST_AFTER_MS,
        }),
        ...createWatchActivities({ ledger: createLiveLedger(store.db), logs }),
        ...createCertificateActivities({ ledger: certificates, acme: config.acme, own: ownNames(config.hosts) }),
        ...createRetentionActivities({ db: store.db }),
        ...createTellActivities(createRecordActivities({ db: store.db })),
        ...createRecallActivities({ db: store.db }),
        ...createDestroyActivities({ db: store.db }),
      },
    }).then((worker) => [worker]),
    createTargetWorkers({
      ...{ native, namespace, logs, registry: config.registry, hosts, clusters },
      variables: createVariableSource(store.db, secretsKeys),
      certificates: { certificateOf: async (name) => (await certificates.issued(name)) ?? null },
      onProblem: (place, error) => logger.warn({ err: error, place }, 'a place is not served as it is set up'),
    }),
    ...config.hosts.map((host) =>
      createBuildWorkers({
        ...{ native, namespace, host, logs, registry: config.registry, privateSources: config.privateSources },
        credentials: createGitHubCredentials(broker, createGitHubSource(client)),
      }),
    ),
  ]);
  const pool = runWorkers(workers.flat());
  const [, targets, ...builds] = workers;
  const watch = names.watch((queue, why) => {
    logger.error({ err: why, queue }, 'the name of a place belongs to another engine');
    const index = hosts.findIndex(({ name }) => hostQueue(name) === queue);
    const serving = targets.filter(({ options }) => options.taskQueue === queue);
    for (const worker of [...serving, ...(builds[index] ?? [])]) if (worker.getState() === 'RUNNING') worker.shutdown();
  });

  await scheduleRepair(temporal.client, config.repairEveryMs);
  await scheduleWatch(temporal.client, config.watchEveryMs);
  await scheduleCertificates(temporal.client, config.watchEveryMs);
  await scheduleForgetting(temporal.client, config.retention);
  const { hostTokensFile } = config;
  const tokensChanged = (file: string) => (error?: unknown) => {
    if (error === undefined) logger.info({ file }, 'the access tokens have changed');
    else logger.error({ err: error, file }, 'the access tokens cannot be read: those before them stay in force');
  };
  const inbox = createInbox({ appId: config.gitHub.appId, store, temporal: gateway, logger });
  const app = createApp({
    store,
    temporal: gateway,
    appId: config.gitHub.appId,
    gitHubApiUrl: config.gitHub.apiUrl,
    wakeInbox: () => inbox.wake(),
    webhookSecrets: config.webhookSecrets,
    tokens: followTokens(config.tokensFile, config.tokens, tokensChanged(config.tokensFile)),
    hostTokens: hostTokensFile
      ? followTokens(hostTokensFile, config.hostTokens, tokensChanged(hostTokensFile))
      : () => [],
    deploySecrets: config.deploySecrets,
    deployPlain: config.deployPlain,
    cookieKey,
    secretsKeys,
    hasImage,
    readYaml: yaml.read,
    readLargeDelivery: deliveries.read,
    spoolDir: join(config.dataDir, 'spool'),
    publicUrl,
    readCloneUrl: (text) => readCloneUrl(text, config.privateSources),
    trustedProxies: config.trustedProxies,
    logDir,
    workerState: () => pool.state(),
    logger,
  });
  inbox.start();
  const server = await startServer({ app, ...config.listen });

  return {
    url: server.url,
    logger,
    /** Rejects when a worker stops by itself. */
    done: pool.done,
    /** First nothing new comes in, then what runs comes to rest. */
    async stop() {
      watch.stop();
      await server.close();
      await inbox.stop();
      await pool.stop();
      await yaml.close();
      await deliveries.close();
      await temporal.close();
      await store.close();
    },
  };
}

/** Signs sessions. It is kept, so that a restart ends no session. */
async function keptKey(dataDir: string): Promise<Secret> {
  const file = join(dataDir, 'cookie.key');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  // `wx` fails where there is one already, and that one counts.
  await writeFile(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' }).catch(() => undefined);
  return new Secret(await readFile(file, 'utf8'));
}

if (import.meta.main) {
  await serve(async () => {
    const running = await startStandalone(readConfig(process.env));
    sayReady({ url: running.url });
    // Node writes it at a process's end otherwise, and a killed one has none.
    flushCompileCache();
    return running;
  });
}
