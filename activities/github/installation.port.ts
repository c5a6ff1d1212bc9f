/**
 * The activities of the `installation` workflow. `createInstallationActivities` in installation.activities.ts
 * implements them.
 */
import type { GitHubId } from '../../contracts/core/github-id.ts';
import type { InstallationReading, InstallationState } from '../../contracts/config/installation.ts';

/** The record of installations. `createInstallationRecord` in store/queries/installations.ts implements it. */
export interface InstallationRecord {
  /** An older reading changes nothing. @throws `StoreUnavailable` */
  record(reading: InstallationReading): Promise<void>;
}

export interface InstallationActivities {
  /**
   * Drops the installation's tokens in this process, asks GitHub what has become of it, and has that remembered.
   * @throws `GitHub*`, `StoreUnavailable`
   */
  refreshInstallation(installationId: GitHubId): Promise<{ readonly state: InstallationState }>;
}
