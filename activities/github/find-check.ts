import type { GitHubOrigin } from '../../contracts/config/service.ts';
import { changed, type Line, type Markdown } from '../../contracts/core/markdown.ts';
import { cutLine, cutMarkdown } from './text.ts';
import { gitHubId } from '../../contracts/core/github-id-fields.ts';
import { z } from 'zod';
import type { CheckName } from '../../contracts/github/shown-names.ts';
import type { GitHubClient } from './client.ts';

export const CHECKS_WRITE = { checks: 'write' } as const;
/** GitHub refuses more (docs, "Create a check run"). */
const MAX_TITLE = 255;
const MAX_SUMMARY = 65_535;

/** Shown as it is. */
export const titleOf = (text: string): Line => cutLine(text, MAX_TITLE);
export const shortSummary = (markdown: Markdown): Markdown =>
  cutMarkdown(
    changed(markdown, (text) => text.toWellFormed()),
    MAX_SUMMARY,
  );

const Run = z.object({ id: gitHubId, conclusion: z.string().nullable() });
const Runs = z.object({ check_runs: z.array(Run.extend({ external_id: z.string().nullable() })) });

interface Wanted {
  readonly origin: GitHubOrigin;
  readonly commit: string;
  readonly name: CheckName;
  /** Tells ours from those of another App with the same name. */
  readonly externalId: string;
}

/** The check run that an earlier attempt has made, or one that was made for the same thing before. */
export async function findCheck(
  client: GitHubClient,
  { origin, commit, name, externalId }: Wanted,
  signal: AbortSignal,
): Promise<z.infer<typeof Run> | undefined> {
  const call = { origin, permissions: CHECKS_WRITE, what: 'Looking for the check run', answer: Runs, signal };
  const { check_runs: runs } = await client.call(call, (github, repository) =>
    github.rest.checks.listForRef({ ...repository, ref: commit, check_name: name, filter: 'all', per_page: 100 }),
  );
  // The oldest, so that two who look at the same time agree.
  return runs.filter((run) => run.external_id === externalId).at(-1);
}
