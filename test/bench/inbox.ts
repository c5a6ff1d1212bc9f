import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { createInbox } from '../../api/inbox/inbox.ts';
import { createTemporalGateway } from '../../api/temporal/gateway.ts';
import type { Trigger } from '../../contracts/admission/delivery.ts';
import { deliveryWorkflowId } from '../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import { startPostgres } from '../../infra/dev/postgres/server.ts';
import { startTemporal } from '../../infra/dev/temporal.ts';
import { openStore } from '../../store/open.ts';
import { acceptDelivery, countOpenDeliveries } from '../../store/queries/inbox.ts';
import { median } from './bench.ts';
import type { Bench } from './bench.ts';

const DELIVERIES = 400;
const ROUNDS = 5;
const CONCURRENCY = 16;
const APP_ID = 1;
const LOOK_EVERY_MS = 10;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Draining the inbox against starting the same workflows with nothing around them, in turn on one server. */
export const inbox: Bench = {
  name: 'inbox',
  about: `${String(DELIVERIES)} deliveries handed over, divided by bare workflow starts, ${String(CONCURRENCY)} at a time`,
  async run(dir, say) {
    const temporal = await startTemporal({
      dir: join(dir, 't'),
      persistent: true,
    });
    const postgres = await startPostgres({ dir: join(dir, 'postgres') });
    const store = await openStore({ databaseUrl: postgres.url });
    const connection = await Connection.connect({ address: temporal.address });
    try {
      const client = new Client({ connection });

      const bare = async (): Promise<number> => {
        const ids = Array.from({ length: DELIVERIES }, () => randomUUID());
        const startedAt = performance.now();
        await Promise.all(
          Array.from({ length: CONCURRENCY }, async () => {
            for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
              const workflowId = deliveryWorkflowId(id);
              await client.workflow.start('delivery', { taskQueue: CONTROL_QUEUE, workflowId, args: [trigger(id)] });
            }
          }),
        );
        return DELIVERIES / ((performance.now() - startedAt) / 1_000);
      };

      const drained = async (): Promise<number> => {
        for (let count = 0; count < DELIVERIES; count += 1) {
          const deliveryId = randomUUID();
          await acceptDelivery(store.db, {
            ...{
              appId: APP_ID,
              deliveryId,
              event: 'push',
              action: null,
              repository: 'acme/shop',
              ref: 'refs/heads/main',
            },
            receivedAt: new Date(),
            meaning: { trigger: trigger(deliveryId) },
          });
        }
        const draining = createInbox({ appId: APP_ID, store, temporal: createTemporalGateway(client), logger: quiet });
        const startedAt = performance.now();
        draining.start();
        // Seldom enough that the asking itself does not keep the store busy.
        while ((await countOpenDeliveries(store.db)).received > 0) await delay(LOOK_EVERY_MS);
        const rate = DELIVERIES / ((performance.now() - startedAt) / 1_000);
        await draining.stop();
        return rate;
      };

      await bare();
      await drained();
      const ratios: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const ours = await drained();
        const floor = await bare();
        say(`${ours.toFixed(0)}/s drained, ${floor.toFixed(0)}/s started bare`);
        ratios.push(ours / floor);
      }
      return [{ name: 'inbox drain ÷ bare starts', value: median(ratios), unit: 'ratio', goal: 0.8, better: 'higher' }];
    } finally {
      await connection.close();
      await store.close();
      await postgres.stop();
      await temporal.stop();
    }
  },
};

const trigger = (requestKey: string): Trigger => ({
  kind: 'push',
  requestKey,
  repositoryId: '1',
  repository: 'acme/shop',
  installationId: '1',
  branch: 'main',
  actor: { kind: 'github', name: 'octocat' },
});
