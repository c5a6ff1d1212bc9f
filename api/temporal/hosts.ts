/** Which hosts ask for work: all that Landfall knows of a host is that its worker does. */
import type { Client } from '@temporalio/client';
import { hostQueue } from '../../contracts/core/queues.ts';

/** It is asked beside something else that somebody waits for. */
const DEADLINE_MS = 2_000;
/** `TASK_QUEUE_TYPE_ACTIVITY` of Temporal's API. */
const ACTIVITIES = 2;

export interface HostGateway {
  /** Those of the hosts whose worker has not asked for work in the last minutes. What Temporal does not say counts as there. Never throws. */
  absentHosts(hosts: readonly string[]): Promise<readonly string[]>;
}

export function createHostGateway(client: Client): HostGateway {
  const isAbsent = async (host: string): Promise<boolean> => {
    const request = {
      namespace: client.options.namespace,
      taskQueue: { name: hostQueue(host) },
      taskQueueType: ACTIVITIES,
    };
    try {
      const ask = () => client.workflowService.describeTaskQueue(request);
      const { pollers } = await client.withDeadline(Date.now() + DEADLINE_MS, ask);
      return pollers.length === 0;
    } catch {
      return false;
    }
  };
  return {
    async absentHosts(hosts) {
      const names = [...new Set(hosts)];
      const absent = await Promise.all(names.map(isAbsent));
      return names.filter((_name, index) => absent[index]);
    },
  };
}
