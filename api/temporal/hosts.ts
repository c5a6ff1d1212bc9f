/** Finds the hosts whose worker asks for work: that is all that Landfall knows of a host. */
import type { Client } from '@temporalio/client';
import { hostQueue } from '../../contracts/core/queues.ts';

/** The deadline for all of them: another answer that a person waits for needs it. */
const DEADLINE_MS = 2_000;
/** A file may name any number. */
const MOST_HOSTS = 20;
const AT_ONCE = 4;
/** `TASK_QUEUE_TYPE_ACTIVITY` of Temporal's API. */
const ACTIVITIES = 2;

export interface HostGateway {
  /**
   * Finds those of the first 20 hosts whose worker has not asked for work in the last minutes. A host counts as there
   * when Temporal gives no answer within two seconds. Never throws.
   */
  absentHosts(hosts: readonly string[]): Promise<readonly string[]>;
}

export function createHostGateway(client: Client): HostGateway {
  const isAbsent = async (host: string, deadline: number): Promise<boolean> => {
    const request = {
      namespace: client.options.namespace,
      taskQueue: { name: hostQueue(host) },
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
    async absentHosts(hosts) {
      const names = [...new Set(hosts)].slice(0, MOST_HOSTS);
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
