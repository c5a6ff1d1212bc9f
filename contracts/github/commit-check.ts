import type { GitHubOrigin } from '../config/service.ts';
import { checkName } from './shown-names.ts';
import type { Markdown } from '../core/markdown.ts';

/** The name of the check that a branch protection or a merge queue can require. */
export const COMMIT_CHECK = checkName('landfall');

/** Landfall's judgement of a commit before it is merged. */
export interface CommitVerdict {
  readonly origin: GitHubOrigin;
  readonly commit: string;
  readonly conclusion: 'success' | 'failure';
  readonly title: string;
  readonly summary: Markdown;
}
