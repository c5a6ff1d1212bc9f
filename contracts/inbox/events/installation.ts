import type { GitHubEvent } from './event.ts';
import { installationChange, readChange, type InstallationChange } from './installation-change.ts';

/** The actions that change where we may act, and with which permissions. */
const CHANGES: ReadonlySet<string> = new Set([
  'created',
  'deleted',
  'suspend',
  'unsuspend',
  'new_permissions_accepted',
]);

/** The App was installed, removed, suspended, taken up again, or given other permissions. */
export const installationEvent = {
  event: 'installation',
  read: readChange(CHANGES, (action) => action.replaceAll('_', ' ')),
  work: { installation: installationChange },
} as const satisfies GitHubEvent<InstallationChange>;
