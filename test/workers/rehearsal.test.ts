/** A version is refused when it could not go on with what is open, on a real Temporal. */
import { randomUUID } from 'node:crypto';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { Client, type Connection } from '@temporalio/client';
import { DefaultLogger, Worker, bundleWorkflowCode } from '@temporalio/worker';
import { CONTROL_QUEUE } from '../../contracts/core/queues.ts';
import { rehearse } from '../../workers/rehearsal.ts';
import { rehearseTakeOver } from '../../workers/take-over.ts';
import { eventually } from '../support/eventually.ts';
import { createNamespace } from '../support/simulation/namespace.ts';
import { testTemporal } from '../support/temporal.ts';
import { tempDir } from '../support/tmp.ts';

const LIMIT_MS = 180_000;
const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

const WORKFLOWS = `
import { condition, proxyActivities } from '@temporalio/workflow';
const activities = proxyActivities({ startToCloseTimeout: '1 minute' });
export async function greet() {
  await activities['hello']();
  await condition(() => false);
}
export async function part() {
  await condition(() => false);
}
`;

test(
  'open workflows are replayed on the new code: what it would do otherwise is named, also a kind that it does not have; closed ones and those of other programs are left out [H2][F4]',
  async () => {
    const dir = tempDir();
    const { client: shared, nativeConnection: connection } = await testTemporal();
    const namespace = `rehearsal-${randomUUID()}`;
    await createNamespace(shared.connection as Connection, namespace);
    const client = new Client({ connection: shared.connection, namespace });
    const written = (name: string, text: string) => {
      writeFileSync(join(dir, name), text);
      return { codePath: join(dir, name) };
    };
    symlinkSync(MODULES, join(dir, 'node_modules'));
    const { codePath: workflowsPath } = written('workflows.mjs', WORKFLOWS);
    const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    const now = written('now.js', code);
    const rehearsed = (workflowBundle: { readonly codePath: string }) =>
      rehearse({ client, workflowBundle, signal: AbortSignal.timeout(LIMIT_MS) });

    expect(await rehearsed(now)).toEqual({ replayed: 0, broken: [], more: 0 });

    const activities = { hello: async () => undefined };
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: CONTROL_QUEUE,
      workflowBundle: now,
      activities,
    });
    const run = worker.run();
    try {
      const start = (workflow: string, workflowId: string, taskQueue: string) =>
        client.workflow.start(workflow, { workflowId, taskQueue });
      const greeting = await start('greet', 'greeting', CONTROL_QUEUE);
      await start('part', 'parting', CONTROL_QUEUE);
      await start('theirs', 'another program', 'theirs');
      const ended = await start('greet', 'ended', CONTROL_QUEUE);
      await ended.terminate();
      const isGreeted = async () => {
        const { events } = await greeting.fetchHistory();
        return events?.some(({ activityTaskCompletedEventAttributes: done }) => done) === true;
      };
      await eventually('the greeting', isGreeted, LIMIT_MS);
      const found = async () => (await rehearsed(now)).replayed === 2;
      await eventually('both to be listed', found, LIMIT_MS);
    } finally {
      worker.shutdown();
      await run;
    }
    // It has not begun.
    await client.workflow.start('part', { workflowId: 'waiting', taskQueue: CONTROL_QUEUE });
    await eventually('all three to be listed', async () => (await rehearsed(now)).replayed === 3, LIMIT_MS);
    expect(await rehearsed(now)).toEqual({ replayed: 3, broken: [], more: 0 });

    const other = await rehearsed(written('other.js', code.replaceAll("activities['hello']", "activities['bonjour']")));
    expect(other).toEqual({
      replayed: 3,
      broken: [{ workflowId: 'greeting', why: expect.stringContaining('bonjour') }],
      more: 0,
    });

    const less = await rehearsed(written('less.js', code.replaceAll(/\bpart\b/g, 'gone')));
    expect(less).toEqual({
      replayed: 3,
      broken: [{ workflowId: 'parting', why: expect.stringContaining("workflow of type 'part'") }],
      more: 0,
    });
  },
  LIMIT_MS,
);

test('where Temporal does not hand out what is open, it is not taken over, and the reason is said [H2][F5]', async () => {
  const { client } = await testTemporal();
  const elsewhere = new Client({ connection: client.connection, namespace: `nowhere-${randomUUID()}` });
  const codePath = join(tempDir(), 'bundle.js');
  writeFileSync(codePath, '');
  const standing = { last: { version: '0.0.9', workflows: 'others' }, lacks: [], isNewer: false };

  await expect(rehearseTakeOver({ standing, client: elsewhere, workflowBundle: { codePath } })).rejects.toThrow(
    /does not take over: it could not replay what is open [(].*nowhere-.*[)][.] Nothing was changed/,
  );
});
