/** The GitHub App's installation at one user or organisation. */

export const INSTALLATION_STATES = ['active', 'suspended', 'deleted'] as const;
export type InstallationState = (typeof INSTALLATION_STATES)[number];

/** What GitHub says of an installation at one moment. */
export interface InstallationReading {
  readonly installationId: number;
  /** The login of its owner; `null` when GitHub no longer knows it. */
  readonly account: string | null;
  readonly state: InstallationState;
  /** `null`: not known, as of one that is gone. */
  readonly permissions: Readonly<Record<string, string>> | null;
  /** `false`: chosen repositories only. `null`: not known. */
  readonly everyRepository: boolean | null;
  /** `null`: they could not be read, as of a suspended one. */
  readonly repositories: readonly InstallationRepository[] | null;
  /** When GitHub was asked, in milliseconds since the epoch. */
  readonly readAt: number;
}

export interface InstallationRepository {
  readonly id: number;
  readonly fullName: string;
  readonly private: boolean;
}
