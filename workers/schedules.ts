/** What Landfall does by itself, over and over: Temporal schedules, made when a process starts. */
import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import { CONTROL_QUEUE } from '../contracts/queues.ts';

/** Shown in the Temporal UI; pause it there. */
const REPAIR = 'repair-deliveries';

/** Has lost deliveries looked for this often. However many processes say so, there is one schedule; the last one counts. */
export async function scheduleRepair({ schedule }: Pick<Client, 'schedule'>, everyMs: number): Promise<void> {
  const options = {
    scheduleId: REPAIR,
    spec: { intervals: [{ every: everyMs }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'repairDeliveries',
      workflowId: REPAIR,
      taskQueue: CONTROL_QUEUE,
      args: [],
    },
    // After Temporal was away one run is enough; it looks through everything since.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
  } as const satisfies ScheduleOptions;
  try {
    await schedule.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const { spec, action, policies } = options;
    // What a person has done to it, such as pausing it, stays.
    await schedule.getHandle(REPAIR).update((before) => ({ ...before, spec, action, policies }));
  }
}
