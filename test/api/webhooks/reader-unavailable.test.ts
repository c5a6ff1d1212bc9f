/** A large delivery on a machine that is too busy to start the thread that reads it: the real door, database and thread. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { readDelivery, type DeliveryFile, type DeliveryReading } from '../../../api/webhooks/read-delivery.ts';
import { listDeliveries } from '../../../store/queries/inbox.ts';
import { createReadingThread } from '../../../workers/reading-thread.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { tempDir } from '../../support/tmp.ts';
import { NO_TEMPORAL, push, startApi } from '../harness.ts';

const MIB = 1024 * 1024;

test('a large delivery whose reading thread does not start is 503 with when to come again, remembered by nobody, and taken later [B1][F2]', async () => {
  const silent = join(tempDir(), 'silent.mjs');
  writeFileSync(silent, 'setInterval(() => undefined, 1_000);\n');
  const reading = createReadingThread<DeliveryFile, DeliveryReading>({
    ...{ thread: pathToFileURL(silent), deadlineMs: 30_000, resources: {}, startMs: 100 },
  });
  onCleanup(() => reading.close());
  let isBusy = true;
  const body = push({ padding: 'x'.repeat(2 * MIB) });
  const api = await startApi({
    address: NO_TEMPORAL,
    readLargeDelivery: async (file) => (isBusy ? reading.ask(file) : readDelivery(Buffer.from(body), file)),
  });
  const known = async () => (await listDeliveries(api.store.db, { limit: 10 })).map(({ deliveryId }) => deliveryId);

  const refused = await api.deliver({ id: 'large', body });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await refused.json()).toMatchObject({ type: expect.stringContaining('ReaderUnavailable') });
  expect(await known()).toEqual([]);
  // Small ones need no thread.
  expect((await api.deliver({ id: 'small', body: push() })).status).toBe(202);

  isBusy = false;
  expect((await api.deliver({ id: 'large', body })).status).toBe(202);
  expect((await known()).toSorted()).toEqual(['large', 'small']);
});
