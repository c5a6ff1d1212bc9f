import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { PageActivities } from '../../contracts/deployment/maintenance.ts';

/** For the places of a kind that puts no page in front of its services: a page that is ended is none. */
export const noPages = (place: string): PageActivities => ({
  async setPage({ page }) {
    if (page === null) return;
    throw failure(
      FailureType.InvalidConfiguration,
      `${place} is of a kind of target that puts no page in front of its services.`,
    );
  },
});
