import type { FailureRecord } from '../core/failures.ts';
import type { ServiceKey } from '../core/keys.ts';
import type { BuildSettings, SourceOrigin } from '../config/service.ts';

/** Input of the `build` workflow. */
export interface BuildInput {
  readonly buildId: string;
  readonly key: ServiceKey;
  /** See `ReleaseInput.called`. */
  readonly called?: ServiceKey;
  readonly origin: SourceOrigin;
  readonly commit: string;
  readonly settings: BuildSettings;
  /** Beside the commit: `latest` on the default branch, a version for a tagged release. */
  readonly extraTags: readonly string[];
}

export type BuildResult =
  | { readonly outcome: 'completed'; readonly image: string; readonly digest: string; readonly builder: string }
  | { readonly outcome: 'failed'; readonly failure: FailureRecord }
  | { readonly outcome: 'cancelled'; readonly reason: string };

/**
 * The working place of a claimed build. The folder is the host's own business; it is named so that cleaning finds it.
 */
export interface BuildPlace {
  readonly host: string;
}

/** One build on one host: what each of its steps is given. */
export interface BuildStep {
  readonly build: BuildInput;
  readonly host: string;
}

export interface BuiltImage {
  /** The builder: `dockerfile`, `nixpacks`, `railpack`. */
  readonly builder: string;
  /** The images that it was built on. None when the Dockerfile starts from scratch. */
  readonly bases?: readonly BaseImage[];
}

/** A third party's image that a build started from or copied from. */
export interface BaseImage {
  /** The image's name in the Dockerfile. */
  readonly image: string;
  /** The digest that the name stood for on the build host. */
  readonly digest: string;
}

export interface PushedImage {
  /** `registry/project/service@sha256:…` */
  readonly image: string;
  readonly digest: string;
  readonly tags: readonly string[];
}
