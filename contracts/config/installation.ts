/** The GitHub App's installation at one user or organisation. */
import type { GitHubId } from '../core/github-id.ts';

export const INSTALLATION_STATES = ['active', 'suspended', 'deleted'] as const;
export type InstallationState = (typeof INSTALLATION_STATES)[number];

/** GitHub's answer about an installation at one moment. */
export interface InstallationReading {
  readonly installationId: GitHubId;
  /** The login of its owner; `null` when GitHub no longer knows it. */
  readonly account: string | null;
  readonly state: InstallationState;
  /** `null`: not known, as of one that is gone. */
  readonly permissions: Readonly<Record<string, string>> | null;
  /** `false`: chosen repositories only. `null`: not known. */
  readonly everyRepository: boolean | null;
  /** `null`: they could not be read, as of a suspended one. */
  readonly repositories: readonly InstallationRepository[] | null;
  /** The time of GitHub's answer, in milliseconds since the epoch. */
  readonly readAt: number;
}

export interface InstallationRepository {
  readonly id: GitHubId;
  readonly fullName: string;
  readonly private: boolean;
}

/** Permission → level, as GitHub spells them. */
export type Granted = Readonly<Record<string, string | undefined>>;

/** No deployment is possible without these; reading metadata comes with every installation. */
export const NEEDED_PERMISSIONS = { contents: 'read', deployments: 'write', checks: 'write' } as const;

/** Each permission that a part of Landfall takes, with what is missing without it. */
const WANTED_PERMISSIONS = {
  pull_requests: { level: 'write', without: 'commands on pull requests are not answered' },
  issues: {
    level: 'write',
    without: 'commands on issues are not answered, and no issue tells of a failed deployment',
  },
  actions: { level: 'read', without: 'GitHub does not tell when CI runs end' },
} as const;

/** The wanted permissions that are not granted, in their order. */
export const lacking = (wanted: Readonly<Record<string, string>>, granted: Granted): readonly [string, string][] =>
  Object.entries(wanted).filter(([name, level]) => granted[name] !== 'write' && granted[name] !== level);

/** Each permission that a part of Landfall takes and is not granted, with what is missing without it. */
export const lackingWanted = (granted: Granted): readonly { readonly permission: string; readonly without: string }[] =>
  Object.entries(WANTED_PERMISSIONS)
    .filter(([name, { level }]) => lacking({ [name]: level }, granted).length > 0)
    .map(([name, { level, without }]) => ({ permission: `${name}: ${level}`, without }));
