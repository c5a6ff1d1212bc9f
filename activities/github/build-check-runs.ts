import type { GitHubId } from '../../contracts/core/github-id.ts';
import { link, ourWords } from '../../contracts/core/markdown.ts';
import { asParameter } from './octokit.ts';
import { gitHubId } from '../../contracts/core/github-id-fields.ts';
import { z } from 'zod';
import type { GitHubClient } from './client.ts';
import { CHECKS_WRITE, findCheck, shortSummary, titleOf } from './find-check.ts';
import type { OpenBuildCheck, UpdateBuildCheck } from './github.port.ts';
import { seenAt } from './web-address.ts';

const Run = z.object({ id: gitHubId });
export interface Checks {
  /** @returns GitHub's id of the one check run of this build */
  open(
    request: OpenBuildCheck,
    tries: { readonly mayBeDone: boolean; readonly signal: AbortSignal },
  ): Promise<GitHubId>;
  update(request: UpdateBuildCheck, signal: AbortSignal): Promise<void>;
}

/** @param publicUrl - Landfall's address for people; links to logs begin with it. Without a slash at its end. */
export function createChecks(client: GitHubClient, publicUrl: string): Checks {
  async function create(request: OpenBuildCheck, signal: AbortSignal): Promise<GitHubId> {
    const { origin, buildId, commit, name, title, logPath } = request;
    const call = { origin, permissions: CHECKS_WRITE, what: 'Creating the check run', answer: Run, signal };
    const { id } = await client.call(call, (github, repository) =>
      github.rest.checks.create({
        ...repository,
        name,
        head_sha: commit,
        external_id: buildId,
        status: 'in_progress',
        ...seenAt(`${publicUrl}${logPath}`),
        output: {
          title: titleOf(title),
          summary: link(ourWords`Log`, `${publicUrl}${logPath}`),
        },
      }),
    );
    return id;
  }

  return {
    async open(request, { mayBeDone, signal }) {
      const wanted = { ...request, externalId: request.buildId };
      const found = mayBeDone ? await findCheck(client, wanted, signal) : undefined;
      return found?.id ?? create(request, signal);
    },

    async update({ origin, checkRunId, title, summary, conclusion }, signal) {
      const call = { origin, permissions: CHECKS_WRITE, what: 'Editing the check run', answer: Run, signal };
      await client.call(call, (github, repository) =>
        github.rest.checks.update({
          ...repository,
          check_run_id: asParameter(checkRunId),
          output: { title: titleOf(title), summary: shortSummary(summary) },
          ...(conclusion && { conclusion }),
        }),
      );
    },
  };
}
