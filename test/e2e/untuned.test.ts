/** Landfall as Node comes: with the one switch of infra/runtime-tuning/ off, its processes start and do the same work. */
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { environmentWorkflowId } from '../../contracts/core/ids.ts';
import { testDatabase } from '../store/support/databases.ts';
import { onCleanup } from '../support/cleanup.ts';
import { setStage } from '../support/stage/stage.ts';
import { tempDir } from '../support/tmp.ts';

const procFile = (pid: number, name: 'cmdline' | 'environ') => readFileSync(`/proc/${String(pid)}/${name}`, 'utf8');

test('with LANDFALL_RUNTIME_TUNING=off a push lands on two hosts, and Temporal shows where a workflow waits [F2][F5]', async () => {
  const stage = await setStage({
    databaseUrl: await testDatabase(),
    dir: tempDir(),
    hosts: ['near', 'far'],
    remote: ['far'],
    env: { LANDFALL_RUNTIME_TUNING: 'off' },
  });
  onCleanup(() => stage.stop());
  const pid = stage.landfall.pid();
  expect(procFile(pid, 'cmdline').split('\0').slice(1)).toEqual([
    expect.stringMatching(/\/workers\/standalone\.ts$/),
    '',
  ]);
  expect(procFile(pid, 'environ')).not.toMatch(/MALLOC_ARENA_MAX|NODE_COMPILE_CACHE/);

  const release = await stage.api.ended(await stage.shop.push({ version: '1' }));
  expect(release).toMatchObject({ state: 'completed', deployments: [{ state: 'live' }] });

  const connection = await Connection.connect({ address: stage.temporal.address });
  onCleanup(() => connection.close());
  const key = { project: 'shop', service: 'web', environment: 'production' };
  const waiting = new Client({ connection }).workflow.getHandle(environmentWorkflowId(key));
  expect(await waiting.query('__stack_trace')).toMatch(/workflows\/environment\/[a-z-]+(?:\.workflow)?\.ts:\d+/);
}, 300_000);
