/** The changes of a deployment in its environment: from the commit that was live there to its own. */
import type { ChangesView } from './api.ts';
import { shortCommit } from '../core/names.ts';

/** The place where people look at a project's commits: a repository of the GitHub App, or a public URL. */
export interface CommitPlace {
  readonly gitHubUrl: string | null;
  readonly publicUrl: string | null;
}

/**
 * GitHub's page of what lies between two commits, the older one first. Of a rollback that is what it takes back: GitHub
 * shows nothing for a comparison that goes backwards.
 *
 * @returns `null` where nothing lies between, or the repository is not on GitHub
 */
export function compareUrl(
  { gitHubUrl, publicUrl }: CommitPlace,
  { from, to, rollback }: { readonly from: string; readonly to: string; readonly rollback: boolean },
): string | null {
  const url = gitHubUrl ?? (publicUrl !== null && isOnGitHub(publicUrl) ? publicUrl : null);
  if (url === null || !isWeb(url) || from === to) return null;
  const [older, newer] = rollback ? [to, from] : [from, to];
  return `${url.replace(/\/+$/, '').replace(/\.git$/, '')}/compare/${older}...${newer}`;
}

/** The address becomes a link on a page, so no other scheme will do. */
const isWeb = (url: string): boolean => /^https?:\/\//.test(url);

/** A service at a public URL says nothing about whose server that is; of GitHub's own we know. */
const isOnGitHub = (url: string): boolean => /^https:\/\/(?:www\.)?github\.com\//.test(url);

/** `1a2b3c4 → 5d6e7f8`, in words where it is something else. */
export function describeChanges({ from, to, rollback }: ChangesView): string {
  if (from === null) return `${shortCommit(to)}, the first one here`;
  if (from.commit === to) return `${shortCommit(to)} again`;
  return rollback
    ? `back from ${shortCommit(from.commit)} to ${shortCommit(to)}`
    : `${shortCommit(from.commit)} → ${shortCommit(to)}`;
}
