import { condition, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Standings } from '../../contracts/admission/delivery.ts';
import type { EnvironmentStanding } from '../../contracts/deployment/deployment.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { standingTold } from '../messages/admission.messages.ts';
import { askStanding } from '../messages/environment.messages.ts';
import { reachEnvironment } from '../release/request-deployment.ts';
import { TIMEOUTS } from '../lib/timeouts.ts';

/**
 * The live versions, by the account of a service's environments.
 *
 * @throws `StoreUnavailable` when one of them does not know it in time
 */
export async function askStandings(service: ServiceKey, environments: readonly string[]): Promise<Standings> {
  const told = new Map<string, EnvironmentStanding>();
  setHandler(standingTold, ({ environment, standing }) => void told.set(environment, standing));
  const asker = workflowInfo().workflowId;
  for (const environment of environments) {
    await reachEnvironment({ ...service, environment }, (handle) => handle.signal(askStanding, { asker }));
  }
  const silent = () => environments.filter((environment) => !told.has(environment));
  if (await condition(() => silent().length === 0, TIMEOUTS.liveAnswerMs)) return Object.fromEntries(told);
  const names = silent().map((environment) => environmentId({ ...service, environment }));
  throw failure(
    FailureType.StoreUnavailable,
    `${names.join(', ')} does not know what is live, because the store does not answer. Nothing was done: order it again.`,
    { retryable: false },
  );
}
