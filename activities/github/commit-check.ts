import { commitCheckId } from '../../contracts/github/check-run.ts';
import { asParameter } from './octokit.ts';
import { gitHubId } from '../../contracts/core/github-id-fields.ts';
import { cancellationSignal } from '@temporalio/activity';
import { z } from 'zod';
import { COMMIT_CHECK } from '../../contracts/github/commit-check.ts';
import type { GitHubClient } from './client.ts';
import { CHECKS_WRITE, findCheck, shortSummary, titleOf } from './find-check.ts';
import type { VerdictActivities } from './commit-check.port.ts';
import { seenAt } from './web-address.ts';

const Run = z.object({ id: gitHubId });

/** @param publicUrl - Landfall's address for people. Without a slash at its end. */
export function createVerdictActivities(client: GitHubClient, publicUrl: string): VerdictActivities {
  return {
    async reportVerdict(verdict) {
      const signal = cancellationSignal();
      const { origin, commit, conclusion, title, summary } = verdict;
      const output = { title: titleOf(title), summary: shortSummary(summary) };
      // A commit of a pull request may come again in a merge group. Two events at the same moment may create one run
      // each: both have the same content, because it is about the commit alone, and GitHub uses the newer one.
      const wanted = { origin, commit, name: COMMIT_CHECK, externalId: commitCheckId(commit) };
      const found = await findCheck(client, wanted, signal);
      const call = { origin, permissions: CHECKS_WRITE, what: 'Reporting the check', answer: Run, signal };
      await client.call(call, (github, repository) =>
        found === undefined
          ? github.rest.checks.create({
              ...repository,
              name: COMMIT_CHECK,
              head_sha: commit,
              external_id: commitCheckId(commit),
              status: 'completed',
              conclusion,
              ...seenAt(`${publicUrl}/deliveries`),
              output,
            })
          : github.rest.checks.update({
              ...repository,
              check_run_id: asParameter(found.id),
              status: 'completed',
              conclusion,
              output,
            }),
      );
    },
  };
}
