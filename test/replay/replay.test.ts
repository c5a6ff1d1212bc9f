/** Deployments that run while Landfall is updated go on with the new code: see README.md. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { z } from 'zod';
import { hushTemporal, workflowBundle } from '../support/temporal.ts';
import { parseHistory, readHistory, servedTypes, typeOf } from './history.ts';
import type { Recorded } from './history.ts';

const HISTORIES = fileURLToPath(new URL('histories', import.meta.url));
const names = readdirSync(HISTORIES);

const read = (name: string): Recorded => readHistory(join(HISTORIES, name));

const TellScheduled = z.object({
  activityTaskScheduledEventAttributes: z.object({
    activityType: z.object({ name: z.literal('tell') }),
    workflowTaskCompletedEventId: z.string(),
  }),
});

hushTemporal();
const replay = async ({ workflowId, history }: Recorded): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, workflowId);

describe('a history that was recorded before', () => {
  test('exists for every kind of workflow and every end of a deployment [F4]', () => {
    // Every type that a worker serves, by the bundle's own entry.
    const served = servedTypes(readFileSync(new URL('../../workflows/index.ts', import.meta.url), 'utf8'));
    expect(served.length).toBeGreaterThan(10);
    const ends = ['live', 'failed', 'rolled-back', 'rollback-failed', 'cancelled', 'waited'];
    expect([...new Set(names.map((name) => typeOf(read(name))))].sort()).toEqual(served.toSorted());
    for (const end of ends) expect(names).toContain(`deployment-${end}.json`);
  });

  test.each(names)('%s goes on with the workflows of today [F4][F1]', async (name) => {
    await replay(read(name));
  });

  test.each(names)('%s tells the store at most once in each of its tasks [F1]', (name) => {
    const tasks = read(name).history.events.flatMap((event) => {
      const { success, data } = TellScheduled.safeParse(event);
      return success ? [data.activityTaskScheduledEventAttributes.workflowTaskCompletedEventId] : [];
    });
    expect(tasks).toEqual([...new Set(tasks)]);
  });

  test('does not go on with workflows that take another way [F4]', async () => {
    const recorded = read('deployment-live.json');
    const tampered = JSON.stringify(recorded).replaceAll('"switchTo"', '"somethingElse"');
    await expect(replay(parseHistory(tampered))).rejects.toBeInstanceOf(DeterminismViolationError);
  });
});
