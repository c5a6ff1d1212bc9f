import { condition, getExternalWorkflowHandle, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import type { PeopleActivities } from '../../activities/people/people.port.ts';
import type { ApprovalState } from '../../contracts/deployment/approval.ts';
import type { ReleaseFacts, ReleaseNews, ReleaseResult } from '../../contracts/deployment/release.ts';
import { followRelease, releaseNews } from '../messages/release.messages.ts';
import { orderCall } from '../lib/activity-options.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

const { releaseResult } = proxyActivities<PeopleActivities>({ ...orderCall, summary: 'how did it end?' });

/** Follows one release to its end: the release sends its news, so that nothing is held and no query is repeated. */
export class ReleaseSubscription {
  readonly #news: ReleaseNews[] = [];

  /** Make it before the first wait, so that no news is missed. */
  constructor() {
    setHandler(releaseNews, (news) => void this.#news.push(news));
  }

  /**
   * @param onGate - called with every approval that the release waits for
   * @returns `undefined` when it has not ended in the time that is waited at most
   */
  async follow(
    { releaseId, workflowId }: ReleaseFacts,
    onGate: (approval: ApprovalState) => void,
  ): Promise<ReleaseResult | undefined> {
    try {
      await getExternalWorkflowHandle(workflowId).signal(followRelease, { follower: workflowInfo().workflowId });
    } catch {
      // The release has ended.
      return releaseResult(releaseId);
    }
    const next = () => this.#news.findIndex((news) => news.releaseId === releaseId);
    while (await condition(() => next() >= 0, TIMEOUTS.followedReleaseMs)) {
      const [news] = this.#news.splice(next(), 1);
      if (news?.kind === 'ended') return news.result;
      if (news) onGate(news.approval);
    }
    return undefined;
  }
}
