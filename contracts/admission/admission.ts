/** The records that pass between deciding about an event (activities/admission) and remembering it (store). */
import type {
  BuildSettings,
  EnvironmentSettings,
  GitHubOrigin,
  GitOrigin,
  ServiceSettings,
  SourceOrigin,
} from '../config/service.ts';
import type { TakenRoute } from '../config/outside-warnings.ts';
import type { ServiceKey } from '../core/keys.ts';
import type { ReleaseInput } from '../deployment/release.ts';

/** A release before the store has given it its number, and the name that it has then. */
export type ReleaseDraft = Omit<ReleaseInput, 'releaseId' | 'sequence' | 'called'>;

/** A service as its source declares it. */
export interface ServiceListing {
  readonly service: string;
  /** The branch for a release that names none. */
  readonly branch: string;
  /** `null`: not read from the head of {@link branch} this time, so what is known stays. */
  readonly settings: ServiceSettings | null;
  readonly environments: readonly EnvironmentListing[];
}

export interface EnvironmentListing {
  readonly settings: EnvironmentSettings;
  /** The branch whose pushes deploy here. */
  readonly branch: string;
  readonly autoDeploy: boolean;
  /** Deploys here are caused by this workflow's success on the branch, not by the push. */
  readonly ci?: string;
}

/** The source of a project, with the details that are worth remembering. */
export type ProjectSource =
  | {
      readonly origin: GitHubOrigin;
      readonly defaultBranch: string;
      readonly private: boolean;
    }
  | { readonly origin: GitOrigin };

/** Everything that one look at a source led to: remembered together, or not at all. */
export interface AdmissionRequest {
  readonly requestKey: string;
  readonly project: string;
  /** `null`: nothing was read from it this time, because what was released before is released again. */
  readonly source: ProjectSource | null;
  readonly services: readonly ServiceListing[];
  /** {@link services} are all that the default branch's file has. */
  readonly isWhole?: boolean;
  readonly drafts: readonly ReleaseDraft[];
  /** The newest sequence of each service (by `serviceId`) for the branch, as read **before** the branch's head was. */
  readonly expected: Readonly<Record<string, number>>;
  /** Leave out what the newest release of the branch already brings to the same environments. */
  readonly onlyNew: boolean;
}

export type AdmissionAnswer =
  | {
      readonly kind: 'admitted';
      readonly releases: readonly ReleaseInput[];
      /** Service → the release that already brings this commit. */
      readonly known: Readonly<Record<string, string>>;
    }
  /**
   * Another head was admitted since `expected` was read, or a name that the file says was given to something else: look again. Nothing
   * was written.
   */
  | { readonly kind: 'moved' }
  /** The project's name belongs to another source. Nothing was written. */
  | { readonly kind: 'taken'; readonly by: string }
  /** Another project has a name that one of its environments wants. Nothing was written. */
  | { readonly kind: 'route taken'; readonly taken: TakenRoute };

/** The conditions on an image that may be used again: of this commit, built with the same settings. */
export interface BuiltFrom {
  readonly key: ServiceKey;
  readonly commit: string;
  readonly settings: BuildSettings;
}

export interface KnownImage {
  readonly image: string;
  readonly digest: string;
  readonly builder: string;
}

/** A service that was admitted or declared before. */
export interface KnownService {
  readonly origin: SourceOrigin;
  readonly branch: string;
}

/** A deployment that was live, with everything that it takes to bring it back. */
export interface PastDeployment {
  readonly deploymentId: string;
  readonly release: ReleaseInput;
  readonly image: string;
  readonly digest: string;
  readonly builder: string;
  /** The revision of the variables that it ran with; `null`: it had none. */
  readonly variablesRevision: number | null;
  /** The environment as it is declared now; `null`: it is declared no more. */
  readonly environment: EnvironmentSettings | null;
}
