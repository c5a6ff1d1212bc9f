import { proxyActivities } from '@temporalio/workflow';
import type { InstallationActivities } from '../../activities/github/installation.port.ts';
import type { InstallationChange } from '../../contracts/inbox/events/installation-change.ts';
import type { InstallationState } from '../../contracts/config/installation.ts';
import { patientRead } from '../lib/activity-options.ts';
import { boundedRead } from '../lib/bounded-read.ts';

const { refreshInstallation } = proxyActivities<InstallationActivities>({
  ...patientRead,
  summary: 'ask GitHub what has become of the installation',
});

/** Takes up that something has changed where the App is installed. @returns what GitHub says of it now */
export function installation({ installationId }: InstallationChange): Promise<{ readonly state: InstallationState }> {
  return boundedRead('Asking GitHub for the installation', () => refreshInstallation(installationId));
}
