import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { describe, expect, test } from '@jest/globals';
import { freePort } from '../../infra/dev/process.ts';
import { startTemporal, type TemporalServer } from '../../infra/dev/temporal.ts';
import { onCleanup } from '../support/cleanup.ts';
import { tempDir } from '../support/tmp.ts';

const start = async (options: Parameters<typeof startTemporal>[0]): Promise<TemporalServer> => {
  const server = await startTemporal(options);
  onCleanup(server.kill);
  return server;
};
const withClient = async <T>(address: string, use: (client: Client) => Promise<T>): Promise<T> => {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
};

describe('the Temporal server', () => {
  test('keeps a workflow and its signals when it is killed and started again on its file [F1][F5]', async () => {
    const dir = tempDir();
    const port = await freePort();
    const first = await start({ dir, port, persistent: true });
    const runId = await withClient(first.address, async ({ workflow }) => {
      const handle = await workflow.start('waits', { taskQueue: 'nobody', workflowId: 'kept' });
      await handle.signal('before');
      return handle.firstExecutionRunId;
    });
    await first.kill();

    const second = await start({ dir, port, persistent: true });
    expect(second.address).toBe(first.address);
    await withClient(second.address, async ({ workflow }) => {
      const handle = workflow.getHandle('kept');
      await handle.signal('after');
      const { status, runId: found } = await handle.describe();
      expect([status.name, found]).toEqual(['RUNNING', runId]);
      const { events } = await handle.fetchHistory();
      const signals = events?.flatMap((event) => event.workflowExecutionSignaledEventAttributes?.signalName ?? []);
      expect(signals).toEqual(['before', 'after']);
    });
  });

  test('writes no database unless it is asked to, and shows its UI [F5]', async () => {
    const dir = tempDir();
    const server = await start({ dir });
    expect((await fetch(server.uiUrl)).status).toBe(200);
    await server.stop();
    expect(existsSync(join(dir, 'temporal.db'))).toBe(false);
    await expect(fetch(server.uiUrl)).rejects.toThrow();
  });

  test('knows the search attributes that it was started with [F2]', async () => {
    const { address } = await start({ dir: tempDir(), searchAttributes: { LandfallProbe: 'Keyword' } });
    const known = await withClient(address, ({ connection }) =>
      connection.operatorService.listSearchAttributes({ namespace: 'default' }),
    );
    expect(known.customAttributes).toHaveProperty('LandfallProbe');
  });

  test('says that the port it was given is taken [F5]', async () => {
    const port = await freePort();
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(port, '127.0.0.1', resolve));
    await expect(startTemporal({ dir: tempDir(), port })).rejects.toThrow(
      /serve Temporal on 127\.0\.0\.1:\d+[^]*in use/,
    );
    await new Promise((resolve) => holder.close(resolve));
  });
});
