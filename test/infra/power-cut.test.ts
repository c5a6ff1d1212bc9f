/** The power goes off on a machine that runs everything: what was answered is there afterwards, and everything opens again. */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { startTemporal } from '../../infra/dev/temporal.ts';
import { openStore } from '../../store/open.ts';
import { deliveries } from '../../store/schema.ts';
import { push, NO_TEMPORAL, startApi } from '../api/harness.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { ownPostgres } from '../support/own-postgres.ts';
import { newDisk, noPowerCuts } from '../support/power-cut.ts';

const reason = noPowerCuts();
if (reason !== undefined) console.warn(`No power is cut here: ${reason}.`);
const ifPossible = reason === undefined ? test : test.skip;

/** Does it over and over, until it fails. */
function repeat(once: () => Promise<string | undefined>) {
  const answered: string[] = [];
  const again = async (): Promise<void> => {
    for (;;) {
      const id = await once();
      if (id === undefined) return;
      answered.push(id);
    }
  };
  return { answered, ended: again().catch(() => undefined) };
}

ifPossible(
  'of what was answered 202 before a power cut nothing is lost, nor of what Temporal was given; database and Temporal open again, each time [B1][B3][F1]',
  async () => {
    const disk = newDisk();
    chmodSync(disk.dir, 0o711);
    // A folder that is there is not furnished with a copy: the very first start makes it.
    const dir = join(disk.dir, 'postgres');
    mkdirSync(dir);
    const expected = { deliveries: new Set<string>(), workflows: new Set<string>() };

    // The first cut comes soon after the very first start.
    for (const wanted of [5, 200]) {
      const postgres = await ownPostgres({ dir });
      const temporal = await startTemporal({ dir: join(disk.dir, 'temporal'), persistent: true });
      const store = await openStore({ databaseUrl: postgres.url });
      const connection = await Connection.connect({ address: temporal.address });
      const { workflow } = new Client({ connection });

      const found = new Set(
        (await store.db.select({ id: deliveries.deliveryId }).from(deliveries)).map(({ id }) => id),
      );
      expect([...expected.deliveries].filter((id) => !found.has(id))).toEqual([]);
      for (const workflowId of expected.workflows) {
        expect((await workflow.getHandle(workflowId).describe()).status.name).toBe('RUNNING');
      }

      const api = await startApi({ address: NO_TEMPORAL, store });
      const accepted = repeat(async () => {
        const id = randomUUID();
        return (await api.deliver({ id, body: push() })).status === 202 ? id : undefined;
      });
      const started = repeat(async () => {
        const workflowId = randomUUID();
        const start = () => workflow.start('waits', { taskQueue: 'nobody', workflowId });
        await connection.withDeadline(Date.now() + 3_000, start);
        return workflowId;
      });
      onCleanup(async () => {
        await started.ended;
        await connection.close();
      });
      const isEnough = () => accepted.answered.length >= wanted && started.answered.length >= wanted / 5;
      await eventually(`${String(wanted)} answers`, isEnough, 30_000);

      await postgres.freeze();
      process.kill(temporal.pid, 'SIGSTOP');
      // Only now: what is answered later than this may be lost.
      accepted.answered.forEach((id) => expected.deliveries.add(id));
      started.answered.forEach((id) => expected.workflows.add(id));
      disk.cut();
      await Promise.all([postgres.kill(), temporal.kill()]);
      await store.close();
      await disk.restore();
    }
    const last = await ownPostgres({ dir });
    const store = await openStore({ databaseUrl: last.url });
    onCleanup(() => store.close());
    const found = new Set((await store.db.select({ id: deliveries.deliveryId }).from(deliveries)).map(({ id }) => id));
    expect([...expected.deliveries].filter((id) => !found.has(id))).toEqual([]);
    expect(found.size).toBeGreaterThanOrEqual(205);
  },
  120_000,
);
