/** The part of the gateway that looks after jobs of GitHub Actions: what Temporal runs is what waits. */
import { idText } from '../../contracts/core/github-id.ts';
import { WorkflowNotFoundError, type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import type { EndedRun, WaitingJob } from '../../contracts/github/protection.ts';
import { protectedRunIn } from '../../contracts/github/protection.ts';
import { SearchAttributes } from '../../contracts/core/search-attributes.ts';
import { isUnreachable, temporalAway } from '../http/temporal-errors.ts';

/** A page that waits longer for it is worse than one without it. */
const LIST_DEADLINE_MS = 1_000;
const END_DEADLINE_MS = 8_000;
/** GitHub tells whole seconds, and its question took a moment to get here. No run is begun again and asks sooner. */
const MARGIN_MS = 5_000;
/** More than a person looks through. */
const MOST = 100;
const QUERY = "WorkflowType = 'protection' AND ExecutionStatus = 'Running'";

export interface JobGateway {
  /** The newest first, as of a moment ago; `undefined` without an answer within a second. */
  waitingJobs(): Promise<readonly WaitingJob[] | undefined>;
  /**
   * Ends the waiting of the jobs of a run that has ended; GitHub no longer waits for an answer.
   * @returns the environments that they waited for
   * @throws `TemporalUnavailable`
   */
  endJobs(run: EndedRun): Promise<readonly string[]>;
}

interface Found {
  readonly workflowId: string;
  readonly job: WaitingJob;
}

export function createJobGateway(client: Client): JobGateway {
  async function list(limitMs: number): Promise<readonly Found[]> {
    return client.withDeadline(Date.now() + limitMs, async () => {
      const found: Found[] = [];
      for await (const execution of client.workflow.list({ query: QUERY, pageSize: MOST })) {
        const job = jobOf(execution);
        if (job) found.push({ workflowId: execution.workflowId, job });
        if (found.length >= MOST) break;
      }
      return found.toSorted((one, other) => other.job.since - one.job.since);
    });
  }

  return {
    async waitingJobs() {
      try {
        return (await list(LIST_DEADLINE_MS)).map(({ job }) => job);
      } catch (error) {
        if (isUnreachable(error)) return undefined;
        throw error;
      }
    },

    async endJobs({ repositoryId, runId, endedAt }) {
      const isOf = ({ job }: Found) => job.repositoryId === idText(repositoryId) && job.runId === idText(runId);
      const isOver = (found: Found) => isOf(found) && found.job.since <= endedAt + MARGIN_MS;
      try {
        const over = (await list(END_DEADLINE_MS)).filter(isOver);
        for (const { workflowId } of over) await end(workflowId);
        return over.map(({ job }) => job.environment);
      } catch (error) {
        throw isUnreachable(error) ? temporalAway(`end what waits for run ${runId}`) : error;
      }
    },
  };

  async function end(workflowId: string): Promise<void> {
    try {
      await client.withDeadline(Date.now() + END_DEADLINE_MS, () => client.workflow.getHandle(workflowId).cancel());
    } catch (error) {
      // It was answered in between.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
}

function jobOf({ workflowId, startTime, memo, typedSearchAttributes }: WorkflowExecutionInfo): WaitingJob | undefined {
  const run = protectedRunIn(workflowId);
  if (!run) return undefined;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    ...run,
    repository: text(memo?.['repository']),
    actor: text(memo?.['actor']),
    commit: typedSearchAttributes.get(SearchAttributes.commit) ?? null,
    since: startTime.getTime(),
  };
}
