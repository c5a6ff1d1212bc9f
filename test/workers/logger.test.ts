/** What Temporal's native core says goes into Landfall's own log: by a real worker. */
import { Writable } from 'node:stream';
import { afterAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { logTemporalTo } from '../../workers/logger.ts';
import { eventually } from '../support/eventually.ts';
import { testRun } from '../support/run.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';

const lines: string[] = [];
const stream = new Writable({
  write(chunk, _encoding, done) {
    lines.push(String(chunk));
    done();
  },
});
// Before anything connects, as a process does.
logTemporalTo(pino({ level: 'info', base: {} }, stream));

const address = testRun().temporal;
const connection = await Connection.connect({ address });
const native = await NativeConnection.connect({ address });
afterAll(async () => {
  await connection.close();
  await native.close();
});

test('what the core of Temporal warns of stands there in our form, with its own fields [F4]', async () => {
  const taskQueue = 'core-log';
  const worker = await Worker.create({ connection: native, taskQueue, workflowBundle: await workflowBundle() });
  const client = new Client({ connection });
  await worker.runUntil(async () => {
    // A task that fails again and again is what nobody must miss.
    const handle = await client.workflow.start('noSuchWorkflow', { taskQueue, workflowId: 'core-log' });
    await eventually('a line of the core', () => lines.some((line) => line.includes('Failing workflow task')));
    await handle.terminate();
  });

  const line = lines.find((one) => one.includes('Failing workflow task')) ?? '';
  expect(JSON.parse(line)).toMatchObject({
    level: 40,
    time: expect.any(Number),
    msg: 'Failing workflow task',
    sdkComponent: 'core',
    failure: expect.stringContaining('noSuchWorkflow'),
  });
  // One line each, and nothing that the filter keeps out.
  expect(lines.every((one) => one.endsWith('}\n') && one.trimEnd().split('\n').length === 1)).toBe(true);
  expect(lines.filter((one) => one.includes('"sdkComponent":"core"')).every((one) => !one.includes('"level":30'))).toBe(
    true,
  );
});
