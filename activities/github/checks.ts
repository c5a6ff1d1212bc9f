import { z } from 'zod';
import type { GitHubClient } from './client.ts';
import type { OpenBuildCheck, UpdateBuildCheck } from './github.port.ts';
import { cut } from './text.ts';

const PERMISSIONS = { checks: 'write' } as const;
/** GitHub refuses a longer summary (docs, "Create a check run", `output.summary`). */
const MAX_SUMMARY = 65_535;
const MAX_TITLE = 255;

const Run = z.object({ id: z.int().positive() });
const Runs = z.object({
  check_runs: z.array(z.object({ id: z.int().positive(), external_id: z.string().nullable() })),
});

export interface Checks {
  /** @returns GitHub's id of the one check run of this build */
  open(request: OpenBuildCheck, tries: { readonly mayBeDone: boolean; readonly signal: AbortSignal }): Promise<number>;
  update(request: UpdateBuildCheck, signal: AbortSignal): Promise<void>;
}

/** @param publicUrl - where people reach Landfall; links to logs begin with it. Without a slash at its end. */
export function createChecks(client: GitHubClient, publicUrl: string): Checks {
  async function find({ origin, commit, name, buildId }: OpenBuildCheck, signal: AbortSignal) {
    const call = { origin, permissions: PERMISSIONS, what: 'Looking for the check run', answer: Runs, signal };
    const { check_runs: runs } = await client.call(call, (github, repository) =>
      github.rest.checks.listForRef({ ...repository, ref: commit, check_name: name, filter: 'all', per_page: 100 }),
    );
    // The oldest, so that two who look at the same time agree.
    return runs.filter((run) => run.external_id === buildId).at(-1)?.id;
  }

  async function create(request: OpenBuildCheck, signal: AbortSignal): Promise<number> {
    const { origin, buildId, commit, name, title, logPath } = request;
    const call = { origin, permissions: PERMISSIONS, what: 'Creating the check run', answer: Run, signal };
    const { id } = await client.call(call, (github, repository) =>
      github.rest.checks.create({
        ...repository,
        name,
        head_sha: commit,
        external_id: buildId,
        status: 'in_progress',
        details_url: `${publicUrl}${logPath}`,
        output: { title: cut(title, MAX_TITLE), summary: `[Log](${publicUrl}${logPath})` },
      }),
    );
    return id;
  }

  return {
    async open(request, { mayBeDone, signal }) {
      const found = mayBeDone ? await find(request, signal) : undefined;
      return found ?? create(request, signal);
    },

    async update({ origin, checkRunId, title, summary, conclusion }, signal) {
      const call = { origin, permissions: PERMISSIONS, what: 'Editing the check run', answer: Run, signal };
      await client.call(call, (github, repository) =>
        github.rest.checks.update({
          ...repository,
          check_run_id: checkRunId,
          output: { title: cut(title, MAX_TITLE), summary: cut(summary, MAX_SUMMARY) },
          ...(conclusion && { conclusion }),
        }),
      );
    },
  };
}
