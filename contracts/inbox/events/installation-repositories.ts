import type { GitHubEvent } from './event.ts';
import { installationChange, readChange, type InstallationChange } from './installation-change.ts';

const CHANGES: ReadonlySet<string> = new Set(['added', 'removed']);

/** An installation includes other repositories than before. */
export const installationRepositoriesEvent = {
  event: 'installation_repositories',
  read: readChange(CHANGES, (action) => `repositories ${action}`),
  work: { installation: installationChange },
} as const satisfies GitHubEvent<InstallationChange>;
