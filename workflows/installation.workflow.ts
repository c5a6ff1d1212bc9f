import { proxyActivities } from '@temporalio/workflow';
import type { InstallationActivities } from '../activities/github/installation.port.ts';
import type { InstallationChange } from '../contracts/handover.ts';
import type { InstallationState } from '../contracts/installation.ts';
import { patientCall } from './lib/activity-options.ts';

const { refreshInstallation } = proxyActivities<InstallationActivities>({
  ...patientCall,
  summary: 'ask GitHub what has become of the installation',
});

/** Takes up that something has changed where the App is installed. @returns what GitHub says of it now */
export function installation({ installationId }: InstallationChange): Promise<{ readonly state: InstallationState }> {
  return refreshInstallation(installationId);
}
