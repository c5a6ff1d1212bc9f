/** What turns a folder of source code into something that Podman can build. */
import type { BuilderName, BuildSettings } from '../../../contracts/service.ts';

export interface BuilderSource {
  /** Absolute path of the service's root folder. Never written to. */
  readonly folder: string;
  /** Absolute path of a folder for what is generated. Need not exist; replaced when it does. */
  readonly generated: string;
  readonly settings: BuildSettings;
}

/** A Dockerfile and what it copies from. */
export interface Recipe {
  /** Absolute path of the context folder. */
  readonly context: string;
  /** Relative to `context`. */
  readonly dockerfile: string;
  /** The Dockerfile itself when it is not in the context; it is sent along under the name above. */
  readonly text?: string;
}

export interface Builder {
  readonly name: Exclude<BuilderName, 'auto'>;
  /** Whether this host has what the builder itself needs. */
  available(signal: AbortSignal): Promise<boolean>;
  /**
   * @param onLine - told what the builder prints
   * @returns `undefined` when it does not know what to make of this folder
   * @throws `BuildFailed` when it does, and there is something wrong with it
   */
  prepare(source: BuilderSource, onLine: (line: string) => void, signal: AbortSignal): Promise<Recipe | undefined>;
}
