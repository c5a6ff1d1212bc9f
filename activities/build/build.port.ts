/** The build workflow's calls to a build host. `createBuildActivities` in build.activities.ts implements them. */
import type { BuildInput, BuildPlace, BuildStep, BuiltImage, PushedImage } from '../../contracts/deployment/build.ts';

export interface ClaimActivities {
  /** Resolves with this host's name: from here on the build runs on that host's own queue. */
  claimBuild(build: BuildInput): Promise<BuildPlace>;
}

export interface BuildActivities {
  /**
   * Fetches exactly the commit into the build's own folder, starting over if an earlier attempt left something.
   * @throws `SourceUnavailable` (retryable), `SourceRefused`, `CommitNotFound`, `UnsafeSource`, `IncompleteSource`
   */
  fetchSource(step: BuildStep): Promise<void>;
  /**
   * Builds a local image from the Dockerfile, or from what a builder generates.
   * @throws `NothingToBuild`, `BuildFailed`, `BuildTimedOut`, `ContextTooLarge`, `UnsafeSource`, `DiskFull`; `EngineUnavailable`, `RegistryUnavailable` (retryable)
   */
  buildImage(step: BuildStep): Promise<BuiltImage>;
  /**
   * Pushes it under all its tags; the digest is the registry's, checked against what was sent.
   * @throws `RegistryUnavailable` (retryable), `RegistryRefused`, `DigestMismatch`
   */
  pushImage(step: BuildStep): Promise<PushedImage>;
  /** Removes the local image, what a broken build left in the engine, and the folder. Tolerates absence. */
  cleanBuild(step: BuildStep): Promise<void>;
}
