import { isCancellation, log, proxyActivities } from '@temporalio/workflow';
import type { ConversationActivities } from '../../activities/github/conversation.port.ts';
import type { Conversation } from '../../contracts/github/comment.ts';
import type { Markdown } from '../../contracts/core/markdown.ts';
import type { Distance, Gap } from '../../contracts/github/commit-distance.ts';
import { decisionCall } from '../lib/activity-options.ts';
import { distanceLine } from './command-replies.ts';

const { distances } = proxyActivities<ConversationActivities>({ ...decisionCall, summary: 'how far apart?' });

const NONE: Distance = { behind: 0, ahead: 0 };

/** A line for each gap whose distance is known; GitHub counts only those that differ. */
export async function tellDistances(conversation: Conversation, gaps: readonly Gap[]): Promise<readonly Markdown[]> {
  const apart = gaps.filter(({ commit, next }) => commit !== next.commit);
  const measured = await measure(conversation, apart);
  return gaps.flatMap((gap) => {
    const at = apart.indexOf(gap);
    const distance = at < 0 ? NONE : measured[at];
    return distance ? [distanceLine(gap, distance)] : [];
  });
}

/** Nothing when GitHub does not say in time: what is live is worth telling all the same. */
async function measure(conversation: Conversation, gaps: readonly Gap[]): Promise<readonly (Distance | null)[]> {
  if (gaps.length === 0) return [];
  const between = gaps.map(({ commit, next }) => ({ from: commit, to: next.commit ?? next.branch }));
  return distances({ conversation, between }).catch((error: unknown) => {
    if (isCancellation(error)) throw error;
    log.warn('GitHub did not say how far apart environments are', { error });
    return [];
  });
}
