/**
 * Webhooks get lost: real HTTP, inbox, Temporal, admission and store, and nothing behind them, so that releases begin
 * and wait for a build host. After a few runs of the repair every branch is released at its head, once, whichever
 * webhooks were lost.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { createDeliveryActivities } from '../../activities/admission/admission.activities.ts';
import { createAppClient } from '../../activities/github/app-client.ts';
import { createGitHubClient } from '../../activities/github/client.ts';
import { createHookDeliveries } from '../../activities/github/hook-deliveries.ts';
import { readPrivateKey } from '../../activities/github/private-key.ts';
import { createGitHubSource } from '../../activities/github/source.ts';
import { createTokenBroker } from '../../activities/github/token-broker.ts';
import { createRecordActivities } from '../../activities/records/records.activities.ts';
import { createTellActivities } from '../../activities/records/tell.ts';
import { createRepairActivities } from '../../activities/repair/repair.activities.ts';
import { createGitReader } from '../../activities/source/git-reader.ts';
import { createInbox } from '../../api/inbox/inbox.ts';
import { startServer } from '../../api/server.ts';
import { createTemporalGateway } from '../../api/temporal/gateway.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { createCatalogue } from '../../store/queries/catalogue.ts';
import { createRepairLedger } from '../../store/queries/repair.ts';
import { releases } from '../../store/schema.ts';
import type { repairDeliveries } from '../../workflows/maintenance/repair-deliveries.workflow.ts';
import { APP_ID, NO_TEMPORAL, WEBHOOK_SECRET, startApi } from '../api/harness.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { startGitHub, type GitHub } from '../../stand-ins/github/start.ts';
import { createWorkCopy } from '../../stand-ins/github/work-copy.ts';
import { tempDir } from '../support/tmp.ts';
import { startWorld, type World } from '../workflows/world.ts';

const BRANCHES = Array.from({ length: 20 }, (_, index) => `b${index + 1}`);
const FILE = [
  'version: 1',
  'project: shop',
  'services: { web: {} }',
  'environments:',
  ...BRANCHES.map(
    (name, index) =>
      `  ${name}: { branch: ${name}, target: { podman: { hosts: [one], publish: { web: ${20_000 + index} } } } }`,
  ),
].join('\n');

let world: World;
let gitHub: GitHub;
let work: Awaited<ReturnType<typeof createWorkCopy>>;
let released: () => Promise<readonly { readonly ref: string; readonly commit: string }[]>;
let runs = 0;

beforeAll(async () => {
  const dir = tempDir();
  gitHub = await startGitHub({ dir: join(dir, 'github'), appId: APP_ID });
  onCleanup(() => gitHub.stop());
  const credentials = { apiUrl: gitHub.url, appId: APP_ID, privateKey: new Secret(gitHub.privateKey) };
  const client = createGitHubClient({ apiUrl: gitHub.url, broker: createTokenBroker(credentials) });
  const app = createAppClient({ ...credentials, privateKey: readPrivateKey(credentials.privateKey) }, Date.now);
  const source = { gitHub: createGitHubSource(client), git: createGitReader() };

  // Its door leads nowhere: deliveries go to the world's own server, below.
  const wake: { inbox: () => void } = { inbox: () => undefined };
  const api = await startApi({ address: NO_TEMPORAL, wakeInbox: () => wake.inbox() });
  const { db } = api.store;
  const ledger = createRepairLedger(db, APP_ID);
  await ledger.walk(Date.now());
  released = () => db.select({ ref: releases.ref, commit: releases.commit }).from(releases);

  world = await startWorld({
    control: {
      ...createDeliveryActivities({ catalogue: createCatalogue(db), source }),
      ...createTellActivities(createRecordActivities({ db })),
      ...createRepairActivities({ hooks: createHookDeliveries(app), gitHub: source.gitHub, ledger, settleMs: 0 }),
    },
  });
  const temporal = createTemporalGateway(world.client);
  const inbox = createInbox({ appId: APP_ID, store: api.store, temporal, logger: api.deps.logger });
  wake.inbox = () => inbox.wake();
  inbox.start();
  onCleanup(() => inbox.stop());
  const server = await startServer({ app: api.app, hostname: '127.0.0.1', port: 0 });
  onCleanup(() => server.close());
  gitHub.setWebhook({ url: `${server.url}/api/webhooks/github`, secret: WEBHOOK_SECRET });

  const repository = await gitHub.addRepository({ owner: 'acme', name: 'shop' });
  work = await createWorkCopy(join(dir, 'work'), repository.pushUrl);
  await work.commit({ 'landfall.yaml': FILE }, 'Begin');
  await work.push();
  await gitHub.webhooksSent();
}, 300_000);

/** A commit of its own on every branch, all in one push, of whose events 30 % get lost. */
async function pushAll(round: string, { recorded }: { readonly recorded: boolean }) {
  const before = gitHub.deliveries().length;
  const commits = new Map<string, string>();
  for (const branch of BRANCHES) {
    await work.git('checkout', '--quiet', '-B', branch, 'main');
    commits.set(branch, await work.commit({ round: `${round} ${branch}` }, `${round} of ${branch}`));
  }
  gitHub.dropWebhooks(0.3, { recorded });
  await work.git('push', '--quiet', '--force', 'origin', ...BRANCHES);
  await gitHub.webhooksSent();
  gitHub.dropWebhooks(0);
  const arrived = gitHub
    .deliveries()
    .slice(before)
    .filter(({ statusCode }) => statusCode === 202).length;
  return { commits, arrived, lost: BRANCHES.length - arrived };
}

const repair = () =>
  world.client.workflow.execute<typeof repairDeliveries>('repairDeliveries', {
    taskQueue: CONTROL_QUEUE,
    workflowId: `repair-${(runs += 1)}`,
    args: [],
  });

/** The number of releases of each of these commits. */
async function timesReleased(commits: ReadonlyMap<string, string>): Promise<readonly number[]> {
  const all = await released();
  return [...commits].map(([ref, commit]) => all.filter((one) => one.ref === ref && one.commit === commit).length);
}
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
const settledAt = (commits: ReadonlyMap<string, string>, count: number) =>
  eventually(`${count} releases`, async () => sum(await timesReleased(commits)) === count || undefined, 60_000);

describe('of 20 pushes 30 % get lost', () => {
  test('on their way: GitHub is asked for them again, and every push is acted on once [B1]', async () => {
    const { commits, arrived, lost } = await pushAll('on the way', { recorded: true });
    expect(lost).toBeGreaterThan(4);
    await settledAt(commits, arrived);

    expect((await repair()).deliveries).toMatchObject({ redelivered: lost, upToDate: true });
    await settledAt(commits, BRANCHES.length);
    await gitHub.webhooksSent();
    expect((await repair()).deliveries).toMatchObject({ redelivered: 0 });
    expect(new Set(await timesReleased(commits))).toEqual(new Set([1]));
  }, 300_000);

  test('before GitHub wrote them down: the branches themselves are looked at, and every head is released once [B1]', async () => {
    const { commits, arrived, lost } = await pushAll('never recorded', { recorded: false });
    expect(lost).toBeGreaterThan(4);
    await settledAt(commits, arrived);

    const started = new Set<string>();
    // A new head is believed at the second look.
    for (let run = 0; run < 2; run += 1) {
      const { heads } = await repair();
      for (const head of heads ?? []) started.add(head);
      await settledAt(commits, arrived + started.size);
    }
    expect(started.size).toBe(lost);
    expect(new Set(await timesReleased(commits))).toEqual(new Set([1]));
    expect((await repair()).heads).toEqual([]);
  }, 300_000);

  test('and nobody has said anything to GitHub that it does not know [A4]', () => {
    expect(gitHub.drift()).toEqual([]);
  });
});
