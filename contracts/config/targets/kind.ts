/** A kind of target, as landfall.yaml sees it. Everything else of it lies in activities/targets. */
import type { z } from 'zod';
import type { Route } from '../routes.ts';
import type { KindSettings, PlaceRef } from '../service.ts';

/** A place in the kind's part of the file. */
type Path = readonly (string | number)[];

export interface WrittenPlace extends PlaceRef {
  readonly at: Path;
}

/** An address at which a service answers; no two services can have the same. */
export interface WrittenAddress {
  readonly service: string;
  readonly port: number;
  readonly at: Path;
}

/** A name and path at which a service answers; at each place, one service has it. */
export interface WrittenRoute {
  readonly service: string;
  readonly route: Route;
  readonly at: Path;
}

export interface WrittenClaim {
  readonly service: string;
  /** As claims are compared. */
  readonly what: string;
  /** As people read it, before the place: `web in the namespace shop of eu`. */
  readonly called: string;
  readonly at: Path;
}

/** The part of one environment, read. Paths begin below the kind's name. */
export interface WrittenTarget {
  /** The services that run there, in the file's order, each with the place where it is named. */
  readonly services: readonly { readonly service: string; readonly at: Path }[];
  /** The place of the list of services. */
  readonly servicesAt: Path;
  /** In the order in which they are switched. */
  readonly places: readonly WrittenPlace[];
  readonly addresses: readonly WrittenAddress[];
  readonly routes: readonly WrittenRoute[];
  /** See {@link TargetSettings.certificates}. */
  readonly certificates?: 'elsewhere';
  /** The claims of a service at each place beside ports and names: no other service can have the same there. */
  readonly claims?: readonly WrittenClaim[];
  /** True: the version that is replaced can be kept running beside the new one. */
  readonly keepsWarm: boolean;
  /** See {@link TargetSettings.switchMs}. */
  readonly switchMs?: number;
  /** The part for the kind's own activities, which conforms to its `settings`; `undefined` for a service that does not run there. */
  kindSettings(service: string): KindSettings | undefined;
  /** The settings of a service itself that can never come true here. */
  unfit?(service: string, declared: DeclaredService): readonly Unfit[];
}

/** The settings of a service of its own, as far as a kind of target may be unable to do it. */
export interface DeclaredService {
  readonly health: { readonly kind: string };
  readonly run: {
    readonly memory?: string | undefined;
    readonly setuid: boolean;
    readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] };
  };
}

export interface Unfit {
  /** Below the service. */
  readonly path: Path;
  /** Goes on a sentence that ends with the place, such as `… a host, `. */
  readonly why: string;
}

/** The part of a kind below `previews.target`: the same form, with `{number}` where each pull request has its own. */
export interface PreviewOfKind<F extends z.ZodType> {
  /** Refuses what two pull requests would both have. */
  readonly fields: z.ZodType<z.output<F>>;
  /** An environment's own part, for the pull request of this number. */
  filled(written: z.output<F>, number: number): z.output<F>;
}

/** One kind. Adding one: a file beside this one, and a line in the registry (targets.ts). */
export interface TargetKind<F extends z.ZodType, S extends z.ZodType> {
  /** The word for one of its places, in a sentence: `host`. */
  readonly noun: string;
  /** Its part of an environment, below `target`. */
  readonly fields: F;
  /** The part that deployments carry for its activities, which nothing else reads. */
  readonly settings: S;
  read(written: z.output<F>): WrittenTarget;
  /** The same part, with each service under the name under which it is kept. */
  renamed(written: z.output<F>, keptOf: (service: string) => string): z.output<F>;
  /** Absent for a kind that can show no pull requests. */
  readonly preview?: PreviewOfKind<F>;
}

/** Keeps the schemas' types for whoever reads the whole file, and for the kind's activities. */
export const targetKind = <F extends z.ZodType, S extends z.ZodType>(kind: TargetKind<F, S>): TargetKind<F, S> => kind;
