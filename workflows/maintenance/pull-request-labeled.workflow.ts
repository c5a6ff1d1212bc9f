import type { PullRequestLabeled } from '../../contracts/github/comment.ts';
import { tellPreview } from './tell-preview.ts';

/** A label may be one that gives a pull request its preview. */
export async function pullRequestLabeled({ change }: PullRequestLabeled): Promise<void> {
  await tellPreview(change);
}
