/** Landfall's regular work: Temporal schedules, made when a process starts. */
import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import { CONTROL_QUEUE } from '../contracts/core/queues.ts';
import type { Retention } from '../contracts/config/retention.ts';

/** Shown in the Temporal UI; pause them there. */
const REPAIR = 'repair-deliveries';
const FORGET = 'forget-old';
const WATCH = 'watch-live';
const CERTIFICATES = 'watch-certificates';

/** Small and often, so that none has much to do: a day's rows of a busy Landfall are a few thousand. */
const FORGET_EVERY_MS = 3_600_000;

type Scheduler = Pick<Client, 'schedule'>;

/** Has lost deliveries looked for this often. However many processes say so, there is one schedule; the last one counts. */
export const scheduleRepair = (client: Scheduler, everyMs: number): Promise<void> =>
  keep(client, { id: REPAIR, workflowType: 'repairDeliveries', everyMs, args: [] });

/** Removes expired rows every hour. The last process to start decides how long rows are kept, as above. */
export const scheduleForgetting = (client: Scheduler, retention: Retention): Promise<void> =>
  keep(client, { id: FORGET, workflowType: 'forgetOld', everyMs: FORGET_EVERY_MS, args: [retention] });

/** Checks what is live for crash loops this often. The last process to start decides, as above. */
export const scheduleWatch = (client: Scheduler, everyMs: number): Promise<void> =>
  keep(client, { id: WATCH, workflowType: 'watchLive', everyMs, args: [] });

/** Has places look at their certificates, and names looked after, this often. The last process to start decides, as above. */
export const scheduleCertificates = (client: Scheduler, everyMs: number): Promise<void> =>
  keep(client, { id: CERTIFICATES, workflowType: 'watchCertificates', everyMs, args: [] });

interface Regular {
  readonly id: string;
  readonly workflowType: string;
  readonly everyMs: number;
  readonly args: readonly Retention[];
}

async function keep({ schedule }: Scheduler, { id, workflowType, everyMs, args }: Regular): Promise<void> {
  const options = {
    scheduleId: id,
    spec: { intervals: [{ every: everyMs }] },
    action: { type: 'startWorkflow', workflowType, workflowId: id, taskQueue: CONTROL_QUEUE, args: [...args] },
    // After Temporal was away one run is enough; it looks through everything since.
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
  } as const satisfies ScheduleOptions;
  try {
    await schedule.create(options);
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const { spec, action, policies } = options;
    // Keep what a person has changed, such as a pause.
    await schedule.getHandle(id).update((before) => ({ ...before, spec, action, policies }));
  }
}
