/** Finds the places whose workers ask for work: that is all that Landfall knows of a place. */
import type { Client } from '@temporalio/client';

/** The deadline for all queues together: a person waits for the answer that they are a part of. */
const DEADLINE_MS = 2_000;
/** A file may name any number. */
const MOST_QUEUES = 20;
const AT_ONCE = 4;
/** `TASK_QUEUE_TYPE_ACTIVITY` of Temporal's API. */
const ACTIVITIES = 2;

export interface QueueGateway {
  /**
   * Finds those of the first 20 task queues at which no worker has asked for work in the last minutes. A queue counts as
   * served when Temporal gives no answer within two seconds. Never throws.
   */
  unservedQueues(queues: readonly string[]): Promise<readonly string[]>;
}

export function createQueueGateway(client: Client): QueueGateway {
  const isAbsent = async (queue: string, deadline: number): Promise<boolean> => {
    const request = {
      namespace: client.options.namespace,
      taskQueue: { name: queue },
      taskQueueType: ACTIVITIES,
    };
    try {
      const ask = () => client.workflowService.describeTaskQueue(request);
      const { pollers } = await client.withDeadline(deadline, ask);
      return pollers.length === 0;
    } catch {
      return false;
    }
  };
  return {
    async unservedQueues(queues) {
      const names = [...new Set(queues)].slice(0, MOST_QUEUES);
      const deadline = Date.now() + DEADLINE_MS;
      const absent = new Set<string>();
      const line = names.values();
      const askInTurn = async () => {
        for (const name of line) if (await isAbsent(name, deadline)) absent.add(name);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, askInTurn));
      return names.filter((name) => absent.has(name));
    },
  };
}
