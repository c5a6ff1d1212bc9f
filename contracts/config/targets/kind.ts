/** A kind of target, as landfall.yaml sees it. Everything else of it lies in activities/targets. */
import type { z } from 'zod';
import type { TargetSettings } from '../service.ts';

/** A place in the kind's part of the file. */
type Path = readonly (string | number)[];

/** One independently reachable part of a target, such as a Podman host. */
export interface WrittenPlace {
  readonly name: string;
  readonly at: Path;
}

/** An address at which a service answers; no two services can have the same. */
export interface WrittenAddress {
  readonly service: string;
  readonly port: number;
  readonly at: Path;
}

/** The part of one environment, read. Paths begin below the kind's name. */
export interface WrittenTarget {
  /** The services that run there, in the file's order, each with the place where it is named. */
  readonly services: readonly { readonly service: string; readonly at: Path }[];
  /** The place of the list of services. */
  readonly servicesAt: Path;
  readonly places: readonly WrittenPlace[];
  readonly addresses: readonly WrittenAddress[];
  /** True: the version that is replaced can be kept running beside the new one. */
  readonly keepsWarm: boolean;
  /** The form that deployments carry; `undefined` for a service that does not run there. */
  settings(service: string): TargetSettings | undefined;
}

/** One kind. Adding one: a file beside this one, and a line in the registry (targets.ts). */
export interface TargetKind<S extends z.ZodType> {
  /** The schema of its part of an environment, below `target`. */
  readonly schema: S;
  readonly read: (written: z.output<S>) => WrittenTarget;
}

/** Keeps the schema's type for whoever reads the whole file. */
export const targetKind = <S extends z.ZodType>(kind: TargetKind<S>): TargetKind<S> => kind;
