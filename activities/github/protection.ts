import { sentence, type Markdown } from '../../contracts/core/markdown.ts';
import { asParameter } from './octokit.ts';
import { log } from '@temporalio/activity';
import { z } from 'zod';
import { failureOf } from '../../contracts/core/failures.ts';
import type { GitHubClient } from './client.ts';
import type { AnswerJob, WaitingJobQuestion } from './github.port.ts';
import { cut, cutMarkdown } from './text.ts';

const PERMISSIONS = { deployments: 'write' } as const;
const READING = { actions: 'read' } as const;
const MAX_COMMENT = 1_000;
const FENCE = 100;
const Nothing = z.object({});
const Pending = z.array(z.object({ environment: z.object({ name: z.string() }) }));
/** GitHub's final answers; none of them says that a job does not wait. */
const UNANSWERED: ReadonlySet<string | undefined> = new Set(['GitHubForbidden', 'GitHubNotFound', 'GitHubInvalid']);

/** GitHub reads it as Markdown. Text that has to be fenced needs room for the fence. */
function commentOf(text: string): Markdown {
  const plain = cut(text, MAX_COMMENT);
  const shown = sentence(plain);
  return shown.length <= MAX_COMMENT ? shown : cutMarkdown(sentence(cut(text, MAX_COMMENT - FENCE)), MAX_COMMENT);
}

/** Answers for environments that are protected by a rule of ours (GitHub REST, "Review custom deployment protection rules"). */
export function createProtection(client: GitHubClient) {
  return {
    /** See `GitHubActivities.answerJob`. */
    async answer({ origin, runId, environment, state, comment }: AnswerJob, signal: AbortSignal): Promise<boolean> {
      const what = `${state === undefined ? 'Commenting on' : 'Answering'} the job of run ${runId}`;
      const call = { origin, permissions: PERMISSIONS, what, answer: Nothing, signal };
      const said = {
        environment_name: environment,
        comment: commentOf(comment),
      };
      try {
        await client.call(call, async (github, repository) => {
          const { data }: { readonly data: unknown } = await github.rest.actions.reviewCustomGatesForRun({
            ...repository,
            run_id: asParameter(runId),
            ...(state === undefined ? said : { ...said, state }),
          });
          // GitHub's answer is empty, so anything else came from another server.
          return { data: data === '' ? {} : null };
        });
        return true;
      } catch (error) {
        const failed = failureOf(error);
        // An earlier attempt has answered and its answer was lost, or the run is gone: either way no job waits any
        // more.
        if (failed?.type !== 'GitHubInvalid' && failed?.type !== 'GitHubNotFound') throw error;
        log.warn('GitHub takes no answer for the job', { failure: failed.message });
        return false;
      }
    },

    /** See `GitHubActivities.jobWaits`. */
    async waits({ origin, runId, environment }: WaitingJobQuestion, signal: AbortSignal): Promise<boolean> {
      const what = `Looking at what run ${runId} waits for`;
      try {
        const pending = await client.call(
          { origin, permissions: READING, what, answer: Pending, signal },
          (github, repository) =>
            github.rest.actions.getPendingDeploymentsForRun({ ...repository, run_id: asParameter(runId) }),
        );
        // GitHub knows no letter case in the names of environments.
        return pending.some((one) => one.environment.name.toLowerCase() === environment.toLowerCase());
      } catch (error) {
        if (!UNANSWERED.has(failureOf(error)?.type)) throw error;
        return true;
      }
    },
  };
}
