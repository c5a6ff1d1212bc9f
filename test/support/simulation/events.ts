/**
 * Simulated activities about installations, commits before they are merged, and lost deliveries; all of them succeed.
 */
import { ourWords } from '../../../contracts/core/markdown.ts';
import type { CommitCheckActivities } from '../../../activities/admission/commit-check.port.ts';
import type { InstallationActivities } from '../../../activities/github/installation.port.ts';
import type { VerdictActivities } from '../../../activities/github/commit-check.port.ts';
import type { RetentionActivities } from '../../../activities/records/retention.port.ts';
import type { ReconcileActivities, RepairActivities } from '../../../activities/repair/repair.port.ts';
import type { WatchActivities } from '../../../activities/watch/watch.port.ts';
import type { LiveNews, WatchedPlace } from '../../../contracts/deployment/live-replica.ts';
import type { CommitVerdict } from '../../../contracts/github/commit-check.ts';
import type { MovedHead } from '../../../contracts/inbox/repair.ts';

export interface SimulatedEvents {
  readonly activities: CommitCheckActivities &
    InstallationActivities &
    ReconcileActivities &
    RepairActivities &
    RetentionActivities &
    VerdictActivities &
    WatchActivities;
  /** The verdicts on commits that GitHub got. */
  readonly verdicts: readonly CommitVerdict[];
  /** Heads that the next repair finds. */
  readonly moved: MovedHead[];
  /** The places and news that the next watch finds. */
  readonly watched: { places: readonly WatchedPlace[]; news: readonly LiveNews[] };
}

export function createSimulatedEvents(): SimulatedEvents {
  const verdicts: CommitVerdict[] = [];
  const moved: MovedHead[] = [];
  const watched: SimulatedEvents['watched'] = { places: [], news: [] };
  let rounds = 0;
  return {
    verdicts,
    moved,
    watched,
    activities: {
      refreshInstallation: async () => ({ state: 'active' }),
      redeliverLost: async () => ({ looked: 0, redelivered: 0, givenUp: 0, upToDate: true }),
      endLost: async () => ({ ended: 0, again: [], unanswered: [], unansweredClicks: [] }),
      listLive: async () => watched.places,
      recordSeen: async () => watched.news,
      newsTold: async () => undefined,
      findMovedHeads: async () => moved.splice(0),
      // The first of two rounds leaves something to the second.
      forgetOld: async () => ({ auditEvents: 3, decisions: 2, deliveries: 1, more: (rounds += 1) % 2 === 1 }),
      async validateCommit({ repositoryId, repository, installationId, commit }) {
        const origin = {
          kind: 'github',
          repositoryId,
          repository,
          installationId: installationId ?? '0',
          cloneUrl: '',
        } as const;
        return {
          origin,
          commit,
          conclusion: 'success',
          title: 'landfall.yaml is valid',
          summary: ourWords`It declares: web`,
        };
      },
      async reportVerdict(verdict) {
        verdicts.push(verdict);
      },
    },
  };
}
