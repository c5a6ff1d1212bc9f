/** A page in front of a service while people work on it. All times in milliseconds since the epoch. */
import type { Actor } from '../core/actor.ts';
import type { EnvironmentKey } from '../core/keys.ts';

/** Visitors get it in place of the service: 503, with the reason. */
export interface MaintenancePage {
  /** May be empty. */
  readonly reason: string;
  /** From then on the service answers again, whoever is away; `null`: until a person ends it. */
  readonly until: number | null;
}

/** An environment's maintenance, as its workflow knows it. */
export interface Maintenance extends MaintenancePage {
  readonly by: Actor;
  readonly at: number;
}

export interface MaintenanceRequest {
  readonly by: Actor;
  readonly reason: string;
  /** `null`: until a person ends it. */
  readonly forMs: number | null;
}

export interface EndMaintenanceRequest {
  readonly by: Actor;
}

/** A place that does not answer as it has to, with the reason. */
export interface UnpagedPlace {
  readonly place: string;
  readonly why: string;
}

/** Has one place answer with a page, or with the service again. */
export interface PageRequest {
  readonly key: EnvironmentKey;
  /** The environment's counter: nothing comes back to a place that the environment was taken away from. */
  readonly generation: number;
  /** Grows with each change of an environment's page: the highest one counts, whichever comes last. */
  readonly change: number;
  /** `null`: the service answers. */
  readonly page: MaintenancePage | null;
}

/** The part of a target that stands in front of its services. A kind without it says so (activities/targets/no-pages.ts). */
export interface PageActivities {
  /**
   * New requests to the environment's names and ports get the page, or the service again, when this resolves. What is under
   * way goes on, WebSockets included, and no connection is dropped. A page stays through deployments, restarts of the place
   * and of whatever stands in front of the service, and ends by itself at its time.
   *
   * It touches nothing that a deployment decides by: `observe` and the watch look behind it, `remove` takes it away.
   *
   * @throws `InvalidConfiguration` where nothing stands in front of the service that could answer, or does not speak HTTP;
   *   `StaleGeneration`, `ProxyUnavailable`, `EngineUnavailable`
   */
  setPage(request: PageRequest): Promise<void>;
}
