/** The store's part in the end of an environment. `createDestroyActivities` in destroy.activities.ts implements it. */
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { DestroyInput, Remains } from '../../contracts/deployment/environment.ts';

export interface DestroyActivities {
  /** @throws `StoreUnavailable` */
  findRemains(key: EnvironmentKey): Promise<Remains>;
  /**
   * Forgets its variables, secrets, gates and what was live there, and takes it off every list; deployments and the audit trail
   * stay. What is told of it late changes nothing from then on. Repeating it changes nothing, also when another environment of
   * the name has begun since.
   *
   * @returns false when something newer is live there
   * @throws `StoreUnavailable`
   */
  forgetEnvironment(input: DestroyInput): Promise<boolean>;
}
