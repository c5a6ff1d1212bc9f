/**
 * A name from its first look to HTTPS, to its renewal, and to an authority that is away: real workflows, store, API,
 * proxy and certificate authority. Only what serves behind the proxy is a stand-in.
 */
import type { X509Certificate } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { beforeAll, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { createCertificateActivities } from '../../activities/certificates/certificates.activities.ts';
import { createRecordActivities } from '../../activities/records/records.activities.ts';
import { createTellActivities } from '../../activities/records/tell.ts';
import { createHttpCertificates } from '../../activities/targets/http-certificates.ts';
import { createPodmanCertificates } from '../../activities/targets/podman/certificates/certificates.ts';
import { createProxy } from '../../activities/targets/podman/proxy/proxy.ts';
import { startServer } from '../../api/server.ts';
import { HostSettings } from '../../contracts/config/host.ts';
import { CONTROL_QUEUE, hostQueue } from '../../contracts/core/queues.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { CertificateView } from '../../contracts/http/api.ts';
import { EnvironmentStatus } from '../../contracts/http/people.ts';
import { freePort } from '../../infra/dev/process.ts';
import { startProxy } from '../../infra/dev/proxy.ts';
import { createCertificateLedger } from '../../store/queries/certificates.ts';
import { newRelease } from '../../store/queries/record-release.ts';
import { certificates, certificateStatus, environments, projects, releases, services } from '../../store/schema.ts';
import { certificateWorkflowId } from '../../contracts/core/ids.ts';
import type { watchCertificates } from '../../workflows/maintenance/watch-certificates.workflow.ts';
import { lookAgain } from '../../workflows/messages/certificate.messages.ts';
import { HOST_TOKEN, OTHER_HOST_TOKEN, ownTemporal, startApi, type Api } from '../api/harness.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { testPebble, type Pebble } from '../support/pebble.ts';
import { deploymentRequest, releaseInput } from '../support/simulation/fixtures.ts';
import { startSimulationWorkers } from '../support/simulation/workers.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { tempDir } from '../support/tmp.ts';
import { ask } from '../support/web.ts';
import { NativeConnection } from '@temporalio/worker';

const SHOP = 'shop.example.com';
const KEY = { project: 'shop', service: 'web', environment: 'production' };
/** Behind one name, as DNS has it. */
const HOSTS = [
  { name: 'host-a', address: '127.0.0.1' },
  { name: 'host-z', address: '127.0.0.2' },
] as const;
const DAY = 86_400_000;
const LIMIT_MS = 120_000;

let api: Api;
let pebble: Pebble;
let web: { httpPort: number; httpsPort: number };
let issuer: string;

beforeAll(async () => {
  const temporal = await ownTemporal();
  api = await startApi({ address: temporal.address });
  const { db } = api.store;
  const server = await startServer({ app: api.app, hostname: '127.0.0.1', port: 0 });
  onCleanup(() => server.close());

  web = { httpPort: await freePort(), httpsPort: await freePort() };
  const service = createServer((_request, response) => response.end('shop')).listen(0, '127.0.0.1');
  onCleanup(() => void service.close());
  const behind = await eventually('the service', () => service.address() as AddressInfo | null);
  const token = { 'host-a': HOST_TOKEN, 'host-z': OTHER_HOST_TOKEN };
  const hosts = await Promise.all(
    HOSTS.map(async ({ name, address }) => ({
      ...{ place: name, taskQueue: hostQueue(name) },
      activities: createPodmanCertificates({
        ...(await startHost(name, address, behind.port)),
        certificates: createHttpCertificates({ url: server.url, token: new Secret(token[name]) }),
      }),
    })),
  );

  pebble = await testPebble({ httpPort: web.httpPort });
  issuer = await pebble.issuer();
  await pebble.point(
    SHOP,
    HOSTS.map(({ address }) => address),
  );
  const { directory, roots, resolver } = pebble;
  const ledger = createCertificateLedger(db, api.deps.secretsKeys);
  const reach = { resolvers: [resolver], port: web.httpPort };
  const native = await NativeConnection.connect({ address: temporal.address });
  onCleanup(() => native.close());
  const workers = await startSimulationWorkers({
    ...{ connection: native, namespace: 'default', workflowBundle: await workflowBundle() },
    services: [
      {
        ...{ place: 'control', taskQueue: CONTROL_QUEUE },
        activities: {
          ...createCertificateActivities({ ledger, acme: { authority: { directory, roots }, reach } }),
          ...createTellActivities(createRecordActivities({ db })),
        },
      },
      ...hosts,
    ],
  });
  onCleanup(() => workers.stopAll());
  await makeLive();
}, 240_000);

/** A host's proxy with one service behind it. */
async function startHost(name: string, address: string, port: number) {
  const dir = tempDir();
  const running = await startProxy({ dir });
  onCleanup(running.stop);
  const { configFile, adminSocket, masterSocket } = running;
  const certificatesDir = join(dir, 'certificates');
  const host = HostSettings.parse({
    ...{ name, podmanSocket: '/none', workDir: dir },
    proxy: { configFile, adminSocket, masterSocket, public: { address, ...web, certificates: certificatesDir } },
  });
  const proxy = host.proxy && createProxy(host.proxy);
  await proxy?.refresh();
  const entrance = { id: 'shop.web.production', address, mode: 'http' } as const;
  await proxy?.route({ ...entrance, routes: [{ host: SHOP, path: '/' }] }, port);
  return { host, proxy };
}

/** The records that a deployment leaves. */
async function makeLive(): Promise<void> {
  const { db } = api.store;
  const asked = deploymentRequest({ key: KEY, sequence: 1, hosts: HOSTS.map(({ name }) => name) });
  const target = { ...asked.environment.target, routes: [{ host: SHOP, path: '/' }] };
  const settings = { ...asked.environment, target };
  const now = new Date();
  await db.insert(projects).values({ name: 'shop', cloneUrl: 'https://git.example/shop.git', createdAt: now });
  const declared = { project: 'shop', service: 'web', branch: 'main', updatedAt: now };
  await db.insert(services).values({ ...declared, declared: false });
  const { environment } = KEY;
  await db.insert(environments).values({ ...declared, environment, settings, autoDeploy: true, production: true });
  const input = releaseInput({ key: KEY, sequence: 1, environments: [settings] });
  await db.insert(releases).values(newRelease(input, asked.releaseId, now));
  const records = createRecordActivities({ db });
  await records.recordDeployment({ request: { ...asked, environment: settings }, at: Date.now() });
  const { deploymentId, commit, image, digest } = asked;
  const live = { ...{ deploymentId, sequence: 1, generation: 1 }, commit, image, digest };
  await records.recordLive({ key: KEY, at: Date.now(), live, previous: null });
}

/** The same as by a browser that trusts the authority. */
function shown(host: string = HOSTS[0].address): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: web.httpsPort, servername: SHOP, ca: issuer });
    socket.once('error', reject).once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate) resolve(certificate);
      else reject(new Error('It showed none.'));
    });
  });
}

const views = async () => CertificateView.array().parse(await (await api.ask('/api/certificates')).json());

test('a name gets a certificate that browsers trust, and only its own hosts read the key [G7][B18]', async () => {
  expect(await ask({ port: web.httpPort, host: SHOP })).toMatchObject({ status: 200, body: 'shop' });
  await expect(shown()).rejects.toThrow();
  const watched = await api.client.workflow.execute<typeof watchCertificates>('watchCertificates', {
    ...{ taskQueue: CONTROL_QUEUE, workflowId: 'watch-1' },
  });
  expect(watched).toEqual({ seen: 2, woken: [SHOP] });
  const certificate = await eventually('a trusted certificate', () => shown(), LIMIT_MS);
  expect(certificate.checkHost(SHOP)).toBe(SHOP);
  await eventually('HTTP to lead to HTTPS', async () => (await ask({ port: web.httpPort, host: SHOP })).status === 308);
  expect(await ask({ port: web.httpsPort, host: SHOP }, true)).toMatchObject({ status: 200, body: 'shop' });

  await eventually('the record', async () => (await views())[0]?.state === 'valid', LIMIT_MS);
  const again = await api.client.workflow.execute<typeof watchCertificates>('watchCertificates', {
    ...{ taskQueue: CONTROL_QUEUE, workflowId: 'watch-2' },
  });
  expect(again).toEqual({ seen: 2, woken: [] });
  // The same at each host of the name.
  expect((await shown(HOSTS[1].address)).fingerprint256).toBe(certificate.fingerprint256);
  const until = new Date(certificate.validTo).toISOString();
  expect(await views()).toMatchObject([
    {
      ...{ name: SHOP, state: 'valid', validUntil: until, failure: null },
      places: HOSTS.map(({ name: place }) => ({ place, source: 'acme', validUntil: until, problem: null })),
    },
  ]);
  const environment = EnvironmentStatus.parse(await (await api.ask('/api/environments/shop/web/production')).json());
  expect(environment.certificates).toEqual(await views());
  const page = await (await api.ask('/environments/shop/web/production', { headers: { accept: 'text/html' } })).text();
  expect(page).toContain(`<dt>${SHOP}</dt>`);

  const asHost = (token: string, name = SHOP) =>
    api.app.request(`/api/hosts/certificates/${name}`, { headers: { authorization: `Bearer ${token}` } }, {});
  expect((await asHost(HOST_TOKEN, 'other.example.com')).status).toBe(403);
  expect((await asHost(HOST_TOKEN, 'no_name')).status).toBe(404);
  const answer = await asHost(HOST_TOKEN);
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
  const { key } = (await answer.json()) as { key: string };
  const history = await api.client.workflow.getHandle(certificateWorkflowId(SHOP)).fetchHistory();
  expect(JSON.stringify(history)).not.toContain(key.split('\n')[1]);
}, 240_000);

test('a renewal that is due is made; when the authority is away, the certificate serves on and people see why [G7]', async () => {
  const first = (await shown()).fingerprint256;
  const wake = () => api.client.workflow.getHandle(certificateWorkflowId(SHOP)).signal(lookAgain);
  await makeDue();
  await wake();
  const renewed = await eventually(
    'the renewal',
    async () => {
      const { fingerprint256 } = await shown();
      return fingerprint256 === first ? undefined : fingerprint256;
    },
    LIMIT_MS,
  );

  await pebble.stop();
  await makeDue();
  await wake();
  await eventually(
    'the failure',
    async () => (await views())[0]?.failure?.type === 'CertificateAuthorityUnavailable',
    LIMIT_MS,
  );
  expect((await shown()).fingerprint256).toBe(renewed);
  const [view] = await views();
  expect(view?.failure?.message).toMatch(
    /^localhost:\d+ did not answer for a certificate of shop\.example\.com: .+ It is asked again by itself\.$/,
  );
  expect(view?.places.map(({ problem }) => problem)).toEqual([null, null]);
  const page = await (await api.ask('/environments/shop/web/production', { headers: { accept: 'text/html' } })).text();
  expect(page).toContain('CertificateAuthorityUnavailable');
}, 240_000);

/** As if most of its life were over; the workflow goes by the store's word. */
async function makeDue(): Promise<void> {
  const { db } = api.store;
  const times = { notBefore: new Date(Date.now() - 80 * DAY), notAfter: new Date(Date.now() + 10 * DAY) };
  await db.update(certificates).set(times).where(eq(certificates.name, SHOP));
  expect(await db.select().from(certificateStatus)).toHaveLength(1);
}
