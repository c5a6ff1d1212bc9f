/** A builder turns a folder of source code into a context and a Dockerfile that Podman can build. */
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
  /** Files that the builder made: sent with the context, and in place of files of the same name in it. */
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
  /** True when this host has the programs that the builder itself needs. */
  available(signal: AbortSignal): Promise<boolean>;
  /**
   * @param onLine - called with each line that the builder prints
   * @returns `undefined` when it does not recognise this folder
   * @throws `BuildFailed` when it does, and there is something wrong with it
   */
  prepare(source: BuilderSource, onLine: (line: string) => void, signal: AbortSignal): Promise<Recipe | undefined>;
}
