/** Other work that no workflow carries on: a deployment, a head whose delivery failed; and work that is only paused. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import {
  deliveryWorkflowId,
  deploymentWorkflowId,
  environmentWorkflowId,
  headWorkflowId,
} from '../../../contracts/core/ids.ts';
import { skipped } from '../../../contracts/admission/decision.ts';
import { where } from '../../../infra/dev/locate.ts';
import { recordDecisions } from '../../../store/queries/decisions.ts';
import { createRepairLedger } from '../../../store/queries/repair.ts';
import { findDeployment } from '../../../store/queries/release-views.ts';
import { FIRST, SECOND } from '../../activities/admission/shuffled.ts';
import { fails } from '../../support/simulation/faults.ts';
import { eventually } from '../../support/eventually.ts';
import { testRun } from '../../support/run.ts';
import { startLostWork } from './lost-work.ts';

const { db, world, heads, building, deploying, repair, repository, workflowOf } = await startLostWork();

describe('a head whose delivery failed', () => {
  test('is delivered again once what kept it from being looked at is mended [B1][F1]', async () => {
    const { repositoryId, rows } = repository();
    const head = { repositoryId, repository: `acme/r${repositoryId}`, installationId: '7', branch: 'main' };
    const deliver = async () => {
      world.events.moved.push({ ...head, commit: FIRST });
      await repair();
      await world.client.workflow
        .getHandle(`head/${repositoryId}/main/${FIRST}`)
        .result()
        .catch(() => undefined);
    };
    const undo = world.faults.add({
      activity: 'admit',
      act: fails('GitHubForbidden', 'the App may not read contents'),
    });
    await deliver();
    expect(await rows()).toEqual([]);
    undo();
    await deliver();
    await deliver();
    expect(await rows()).toHaveLength(1);
  });

  test('is looked at again after ten minutes, not with every run [B1]', async () => {
    const head = { repositoryId: '9001', branch: 'main', commit: SECOND };
    const ledger = createRepairLedger(db, 9);
    const refusedAt = (at: number) =>
      recordDecisions(db, {
        ...{ requestKey: headWorkflowId(head), cause: 'push', actor: 'github:github', at },
        ...{ repositoryId: head.repositoryId, decisions: [skipped('refused', 'GitHub said no')] },
      });
    await refusedAt(Date.now() - 11 * 60_000);
    expect(await ledger.isDecided(head)).toBe(false);
    await refusedAt(Date.now());
    expect(await ledger.isDecided(head)).toBe(true);
  });
});

test('a deployment that nobody works on and whose release has ended is ended, and says what to do [F1]', async () => {
  const { project, key, push } = repository();
  const gate = Promise.withResolvers<undefined>();
  deploying.set(project, gate);
  const { input } = await push();
  const id = `${project}.web.production.${String(input.sequence)}`;
  await eventually('it to run', async () => (await findDeployment(db, id))?.state === 'preparing');
  const environment = world.client.workflow.getHandle(environmentWorkflowId(key));

  await workflowOf(input).terminate('by force');
  await repair();
  // Its environment still works on it.
  expect(await findDeployment(db, id)).toMatchObject({ state: 'preparing' });

  await environment.terminate('by force');
  await world.client.workflow.getHandle(deploymentWorkflowId(id)).terminate('by force');
  await repair();
  expect(await findDeployment(db, id)).toMatchObject({
    state: 'rollback_failed',
    failure: { type: 'WorkflowLost', message: expect.stringContaining('deploy again') },
    steps: expect.not.arrayContaining([expect.objectContaining({ state: 'running' })]),
  });
  gate.resolve(undefined);
});

test('what somebody has paused at Temporal is not lost: a release, and what waits in an environment [F1]', async () => {
  const { project, key, repositoryId, push, rows } = repository();
  const [building1, deploying1] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  deploying.set(project, deploying1);
  const first = await push();
  await eventually('the first one to run', async () => {
    const id = `${project}.web.production.${String(first.input.sequence)}`;
    return (await findDeployment(db, id))?.state === 'preparing';
  });
  heads.set(repositoryId, SECOND);
  const { input } = await push(deliveryWorkflowId(`${project}/second`));
  const waits = `${project}.web.production.${String(input.sequence)}`;
  await eventually('the second one to wait', async () => (await findDeployment(db, waits)) !== undefined);
  // The lost part of it is not to be released again.
  heads.set(repositoryId, '3'.repeat(40));
  building.set(project, building1);
  const third = await push(deliveryWorkflowId(`${project}/third`));
  await workflowOf(input).terminate('by force');
  const paused = [environmentWorkflowId(key), workflowOf(third.input).workflowId];
  for (const workflowId of paused) await inTemporal('pause', workflowId);
  const standing = () => Promise.all(paused.map((id) => world.client.workflow.getHandle(id).describe()));
  expect((await standing()).map(({ status }) => status.name)).toEqual(['PAUSED', 'PAUSED']);

  expect(await repair()).not.toHaveProperty('error');

  expect((await rows()).map(({ state }) => state)).toEqual(['deploying', 'failed', 'building']);
  expect(await findDeployment(db, waits)).toMatchObject({ failure: null });
  for (const workflowId of paused) await inTemporal('unpause', workflowId);
  for (const { resolve } of [building1, deploying1]) resolve(undefined);
  await workflowOf(third.input).result();
});

/** Pauses or resumes it like an operator. */
const inTemporal = (what: 'pause' | 'unpause', workflowId: string) =>
  promisify(execFile)(where('temporal'), [
    ...['workflow', what, '--workflow-id', workflowId, '--reason', 'an incident'],
    ...['--address', testRun().temporal, '--namespace', world.client.options.namespace],
  ]);
