import { cancellationSignal } from '@temporalio/activity';
import { z } from 'zod';
import { COMMIT_CHECK, type CommitVerdict } from '../../contracts/commit-check.ts';
import type { GitHubClient } from './client.ts';
import { cut } from './text.ts';
import type { VerdictActivities } from './verdict.port.ts';

const PERMISSIONS = { checks: 'write' } as const;
const MAX_TITLE = 255;
/** GitHub refuses a longer summary (docs, "Create a check run", `output.summary`). */
const MAX_SUMMARY = 65_535;

const Run = z.object({ id: z.int().positive() });
const Runs = z.object({ check_runs: z.array(Run.extend({ external_id: z.string().nullable() })) });

/** @param publicUrl - where people reach Landfall. Without a slash at its end. */
export function createVerdictActivities(client: GitHubClient, publicUrl: string): VerdictActivities {
  /** Ours among those of the name, as long as GitHub keeps them: another App may use the name, too. */
  async function find({ origin, commit }: CommitVerdict, signal: AbortSignal): Promise<number | undefined> {
    const call = { origin, permissions: PERMISSIONS, what: 'Looking for the check run', answer: Runs, signal };
    const { check_runs: runs } = await client.call(call, (github, repository) =>
      github.rest.checks.listForRef({
        ...repository,
        ref: commit,
        check_name: COMMIT_CHECK,
        filter: 'all',
        per_page: 100,
      }),
    );
    // The oldest, so that two who look at the same time agree.
    return runs.filter((run) => run.external_id === externalId(commit)).at(-1)?.id;
  }

  return {
    async reportVerdict(verdict) {
      const signal = cancellationSignal();
      const { origin, commit, conclusion, title, summary } = verdict;
      const output = { title: cut(title, MAX_TITLE), summary: cut(summary, MAX_SUMMARY) };
      // A commit of a pull request may come again in a merge group.
      const found = await find(verdict, signal);
      const call = { origin, permissions: PERMISSIONS, what: 'Reporting the check', answer: Run, signal };
      await client.call(call, (github, repository) =>
        found === undefined
          ? github.rest.checks.create({
              ...repository,
              name: COMMIT_CHECK,
              head_sha: commit,
              external_id: externalId(commit),
              status: 'completed',
              conclusion,
              details_url: `${publicUrl}/deliveries`,
              output,
            })
          : github.rest.checks.update({ ...repository, check_run_id: found, status: 'completed', conclusion, output }),
      );
    },
  };
}

const externalId = (commit: string): string => `landfall.commit.${commit}`;
