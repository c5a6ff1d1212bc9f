import type { Actor } from '../../contracts/core/actor.ts';
import type { GitHubId } from '../../contracts/core/github-id.ts';
import type {
  AdmissionAnswer,
  AdmissionRequest,
  BuiltFrom,
  KnownImage,
  KnownService,
  PastDeployment,
} from '../../contracts/admission/admission.ts';
import type { Route } from '../../contracts/config/routes.ts';
import type { PlaceRef } from '../../contracts/config/service.ts';
import type { EnvironmentKey, ServiceKey } from '../../contracts/core/keys.ts';
import type { ReleaseInput } from '../../contracts/deployment/release.ts';
import type { OtherName } from '../../contracts/config/other-names.ts';
import type { TakenPort, TakenRoute } from '../../contracts/config/outside-warnings.ts';
import type { SourceOrigin } from '../../contracts/config/service.ts';

/** Admission's memory. `createCatalogue` in store/queries/catalogue.ts implements it; all throw `StoreUnavailable`. */
export interface Catalogue {
  /** The releases that this request got before; empty when it is new. */
  admitted(requestKey: string): Promise<readonly ReleaseInput[]>;
  /** The installation through which the repository was read last. */
  installationOf(repositoryId: GitHubId): Promise<GitHubId | undefined>;
  service(key: ServiceKey): Promise<KnownService | undefined>;
  /** The projects of a source, the oldest first. A GitHub repository counts by its id, whatever its name is now. */
  projectsOf(origin: SourceOrigin): Promise<readonly OwnedProject[]>;
  /** Other names of this source's projects, beside the names under which they are kept. */
  namesOf(origin: SourceOrigin): Promise<readonly OtherName[]>;
  /** The ports at which services of the project are live. */
  livePorts(project: string): Promise<readonly LivePort[]>;
  /** The names and paths at which services of the project are live. */
  liveRoutes(project: string): Promise<readonly LiveRoute[]>;
  /** The ports that other projects publish. */
  portsOfOthers(project: string): Promise<readonly TakenPort[]>;
  /** The names and paths that other projects have. */
  routesOfOthers(project: string): Promise<readonly TakenRoute[]>;
  /** The newest sequence of each service of this source (by `serviceId`) that followed the head of `ref`. */
  newest(origin: SourceOrigin, ref: string): Promise<Readonly<Record<string, number>>>;
  /** The newest commit of `ref` that was released to any of these environments, by whatever caused it but a name. */
  newestCommit(origin: SourceOrigin, ref: string, environments: readonly string[]): Promise<string | undefined>;
  /** Environment → the commit of `ref` that it was given last, by a release that has not failed and was not cancelled. */
  broughtLast(key: ServiceKey, ref: string, environments: readonly string[]): Promise<Readonly<Record<string, string>>>;
  /** A release that ended because its workflow was gone; `undefined` for any other. */
  lostRelease(releaseId: string): Promise<ReleaseInput | undefined>;
  /** The people behind the releases that events have made of this commit so far. */
  causersOf(key: ServiceKey, commit: string): Promise<readonly Actor[]>;
  /** Gives sequence numbers, all or nothing. The same request key gets the same releases again. */
  admit(request: AdmissionRequest): Promise<AdmissionAnswer>;
  /**
   * The version that was live there as this deployment, or before the present one. `undefined`: there is none, or it
   * never was live.
   */
  pastDeployment(key: EnvironmentKey, deploymentId: string | null): Promise<PastDeployment | undefined>;
  /** The version that is live there. `undefined`: nothing ever was. */
  liveDeployment(key: EnvironmentKey): Promise<PastDeployment | undefined>;
  /** Newest first. The registry may have lost some of them since. */
  imagesOf(from: BuiltFrom): Promise<readonly KnownImage[]>;
  /** The commits that the service's image of this digest was built from here, newest first. */
  commitsOf(key: ServiceKey, digest: string): Promise<readonly string[]>;
}

/** The places at which a service is live. */
export interface LiveService {
  readonly service: string;
  readonly environment: string;
  readonly places: readonly PlaceRef[];
}

/** A port of places at which a service is live. */
export interface LivePort extends LiveService {
  readonly port: number;
}

/** A name and path of places at which a service is live. */
export interface LiveRoute extends LiveService {
  readonly route: Route;
}

/** A project that belongs to a source. */
export interface OwnedProject {
  readonly project: string;
  /** True when one of its services is live anywhere. */
  readonly isLive: boolean;
}

export interface FoundImage {
  /** `registry/name@sha256:…` */
  readonly image: string;
  readonly digest: string;
}

/** The registry, as far as admission needs it. */
export interface ImageLookup {
  /** @param image - `registry/name@sha256:…` */
  imageExists(image: string, signal: AbortSignal): Promise<boolean>;
  /** The image that a tag or digest of the service's repository names now; `undefined`: there is no such image. */
  findImage(key: ServiceKey, reference: string, signal: AbortSignal): Promise<FoundImage | undefined>;
  /** Lets a tag stand for an image that the registry has; again is no harm. */
  tagImage(key: ServiceKey, digest: string, tag: string, signal: AbortSignal): Promise<void>;
  /** The commit that the image says it was built from. It may be a base image's. */
  revisionOf(key: ServiceKey, digest: string, signal: AbortSignal): Promise<string | undefined>;
}
