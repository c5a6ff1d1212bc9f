/** What turns a folder of source code into something that Podman can build. */
import type { BuilderName, BuildSettings } from '../../../contracts/config/service.ts';

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
  /** What the builder made: sent along with the context, instead of files of the same name in it. */
  readonly added: readonly AddedFile[];
  /** Build arguments that it wants beside the service's own, which win. */
  readonly args: Readonly<Record<string, string>>;
}

export interface AddedFile {
  /** Relative to the context. */
  readonly path: string;
  readonly text: string;
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
