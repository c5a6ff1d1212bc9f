/** Undelivered events are requested again: a bounded part of GitHub's list each time, a few times each. */
import { describe, expect, test } from '@jest/globals';
import { and, eq } from 'drizzle-orm';
import { join } from 'node:path';
import { createAppClient } from '../../../activities/github/app-client.ts';
import { createHookDeliveries } from '../../../activities/github/hook-deliveries.ts';
import { readPrivateKey } from '../../../activities/github/private-key.ts';
import { createRepairActivities } from '../../../activities/repair/repair.activities.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { acceptDelivery } from '../../../store/queries/inbox.ts';
import { createRepairLedger } from '../../../store/queries/repair.ts';
import { redeliveries, repairWalks } from '../../../store/schema.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { startGitHub } from '../../../stand-ins/github/start.ts';
import { tempDir } from '../../support/tmp.ts';
import { asActivity, failureIn } from '../github/scene.ts';

const source = { branchHead: async () => undefined };
let apps = 0;

describe('lost deliveries', () => {
  const opened = openTestStore();

  /** A GitHub of its own, whose deliveries reach no server, and an inbox that begins here. */
  async function begin() {
    const { db } = await opened;
    const appId = (apps += 1);
    const dir = tempDir();
    const github = await startGitHub({
      dir: join(dir, 'github'),
      appId,
      webhook: { url: 'http://127.0.0.1:9/', secret: 's' },
    });
    onCleanup(() => github.stop());
    const repository = await github.addRepository({ owner: 'acme', name: 'web' });
    const privateKey = readPrivateKey(new Secret(github.privateKey));
    const app = createAppClient({ apiUrl: github.url, appId, privateKey }, Date.now);
    const ledger = createRepairLedger(db, appId);
    await ledger.walk(Date.now() - 1_000);
    const hooks = createHookDeliveries(app);
    const activities = createRepairActivities({ hooks, gitHub: source, ledger, settleMs: 0 });
    const ours = eq(redeliveries.appId, appId);
    const run = {
      repositoryId: repository.id,
      path: 'ci.yml',
      branch: 'main',
      commit: 'a'.repeat(40),
      conclusion: 'success',
    } as const;
    return {
      github,
      repair: () => asActivity(() => activities.redeliverLost()),
      /** Events that GitHub could not deliver. @returns their GUIDs */
      lose(count: number): readonly string[] {
        const before = github.deliveries().length;
        github.dropWebhooks(1);
        for (let number = 0; number < count; number += 1) github.completeWorkflowRun(run);
        github.dropWebhooks(0);
        return github
          .deliveries()
          .slice(before)
          .map(({ guid }) => guid);
      },
      /** The GUIDs of redelivery requests at GitHub, one for each request. */
      async askedFor(): Promise<readonly string[]> {
        await github.webhooksSent();
        return github
          .deliveries()
          .filter(({ redelivery }) => redelivery)
          .map(({ guid }) => guid);
      },
      /** It arrives, as far as we are concerned. */
      accept: (deliveryId: string) =>
        acceptDelivery(db, {
          appId,
          deliveryId,
          event: 'workflow_run',
          action: null,
          repository: null,
          ref: null,
          receivedAt: new Date(),
          meaning: { ignored: 'a test', code: 'action_not_used' },
        }),
      lost: () => db.select().from(redeliveries).where(ours),
      /** All waits are over. */
      wait: () =>
        db
          .update(redeliveries)
          .set({ nextAttemptAt: new Date(0) })
          .where(and(ours, eq(redeliveries.state, 'lost'))),
      walk: async () => (await db.select().from(repairWalks).where(eq(repairWalks.appId, appId)))[0],
      calls: (operation: string) => github.calls().filter((call) => call.operation === operation).length,
    };
  }

  test('what did not arrive is asked for once, what is in the inbox is not, whatever GitHub says of it [B1]', async () => {
    const { accept, askedFor, github, lose, lost, repair } = await begin();
    const [first = '', second = '', third = ''] = lose(3);
    await accept(second);
    expect(await repair()).toEqual({ looked: 3, redelivered: 2, givenUp: 0, upToDate: true });
    expect(await askedFor()).toEqual([first, third]);
    // Not again at once, though it has failed again.
    expect(await repair()).toMatchObject({ redelivered: 0 });
    await accept(first);
    await repair();
    expect((await lost()).map(({ deliveryId, state }) => [deliveryId, state]).toSorted()).toEqual(
      [
        [first, 'arrived'],
        [third, 'lost'],
      ].toSorted(),
    );
    expect(github.drift()).toEqual([]);
  });

  test('it is asked for five times, with longer and longer waits, and then given up [B1]', async () => {
    const { askedFor, lose, lost, repair, wait } = await begin();
    const [guid = ''] = lose(1);
    const waits: number[] = [];
    for (let run = 0; run < 5; run += 1) {
      await repair();
      const [row] = await lost();
      waits.push(Math.round(((row?.nextAttemptAt?.getTime() ?? 0) - Date.now()) / 60_000));
      await wait();
    }
    expect(waits).toEqual([1, 5, 30, 180, 720]);
    expect(await repair()).toMatchObject({ redelivered: 0, givenUp: 1 });
    expect(await lost()).toMatchObject([{ deliveryId: guid, attempts: 5, state: 'given_up' }]);
    await repair();
    expect(await askedFor()).toEqual(Array.from({ length: 5 }, () => guid));
  });

  test('a long list is read to its end by several runs, each of ten pages and thirty redeliveries at most [B1][A4]', async () => {
    const { calls, lose, lost, repair, walk } = await begin();
    const all = lose(1_050);
    expect(await repair()).toEqual({ looked: 1_000, redelivered: 30, givenUp: 0, upToDate: false });
    expect(calls('apps/list-webhook-deliveries')).toBe(10);
    expect(calls('apps/redeliver-webhook-delivery')).toBe(30);
    expect(await walk()).toMatchObject({ cursor: expect.any(String), from: expect.any(Date) });
    expect(await repair()).toEqual({ looked: 50, redelivered: 30, givenUp: 0, upToDate: true });
    expect(await walk()).toMatchObject({ cursor: null, from: null });
    expect((await lost()).map(({ deliveryId }) => deliveryId).toSorted()).toEqual(all.toSorted());
  }, 300_000);

  test('a place in the list that GitHub has forgotten costs a run, and nothing else [B1]', async () => {
    const { github, lose, repair, walk } = await begin();
    lose(1_050);
    await repair();
    github.fault({
      operation: 'apps/list-webhook-deliveries',
      answer: { status: 422, body: { message: 'Invalid cursor' } },
    });
    expect(await failureIn(repair())).toMatchObject({ type: 'GitHubInvalid' });
    expect(await walk()).toMatchObject({ cursor: null, from: null });
    expect(await repair()).toMatchObject({ looked: 1_000, redelivered: 30 });
  }, 300_000);

  test('a lost answer, or GitHub being away for a moment, loses nothing [F1]', async () => {
    const { github, lose, lost, repair } = await begin();
    lose(1);
    github.fault({ operation: 'apps/redeliver-webhook-delivery', when: 'after', answer: { status: 502, body: {} } });
    expect(await failureIn(repair())).toMatchObject({ type: 'GitHubUnavailable' });
    expect(await repair()).toMatchObject({ redelivered: 1 });
    expect(await lost()).toMatchObject([{ attempts: 1, state: 'lost' }]);
  });

  test('what was delivered before Landfall ran for the first time is left alone [B1]', async () => {
    const { github, lose, repair } = await begin();
    github.setClock(-3_600_000);
    lose(2);
    github.setClock(0);
    lose(1);
    expect(await repair()).toMatchObject({ looked: 1, redelivered: 1 });
  });
});
