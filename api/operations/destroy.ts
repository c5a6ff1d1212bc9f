/** A person ends an environment, or all environments of a service. */
import type { Actor } from '../../contracts/core/actor.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { previewNumber } from '../../contracts/core/preview-names.ts';
import { environmentId, previewWorkflowId, serviceId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey, ServiceKey } from '../../contracts/core/keys.ts';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import { presentName } from '../../contracts/http/present-name.ts';
import { newestRelease } from '../../store/queries/environment-ends.ts';
import { findService } from '../../store/queries/services.ts';
import { findEnvironment, listServices } from '../../store/queries/views.ts';
import type { ApiDeps } from '../deps.ts';
import { existingEnvironment } from './environment-status.ts';

type Deps = Pick<ApiDeps, 'store' | 'temporal'>;

interface Ordered {
  readonly by: Actor;
  /** The name of what is meant, as the person has typed it; absent where the order itself names it in full. */
  readonly confirm?: string;
  /** A repeated request with the same one takes effect once. */
  readonly orderId?: string | undefined;
}

/** An environment that is on its way out. */
export interface Destroying {
  readonly key: EnvironmentKey;
  readonly state: EnvironmentState;
}

/**
 * Begins it: the environment goes on by itself, cancels what runs, ends what waits, and tells the audit trail. Again while it is under
 * way changes nothing.
 *
 * @throws `NotFound`; `InvalidRequest` for another name than its own; `EnvironmentLocked` while the lock is another person's;
 *   `TemporalUnavailable`, `WorkerUnavailable`
 */
export async function destroyEnvironment(deps: Deps, named: EnvironmentKey, request: Ordered): Promise<Destroying> {
  const found = await existingEnvironment(deps, named);
  const { project, service, environment } = found;
  const key = { project, service, environment };
  assertConfirmed([key, { ...presentName(found), environment }].map(environmentId), request.confirm);
  return order(deps, key, request);
}

/**
 * The same for every environment of a service, those that are no longer in landfall.yaml too.
 *
 * @throws as {@link destroyEnvironment}; those before one that is refused are under way
 */
export async function destroyService(deps: Deps, key: ServiceKey, request: Ordered): Promise<readonly Destroying[]> {
  const services = await listServices(deps.store.db);
  const found = services.find(({ project, service }) => project === key.project && service === key.service);
  if (!found) throw failure(FailureType.NotFound, `There is no service ${serviceId(key)}.`);
  const all = [...found.environments, ...(found.previews ?? [])];
  if (all.length === 0) {
    throw failure(FailureType.Refused, `${serviceId(key)} has no environments, so there is nothing to destroy.`);
  }
  assertConfirmed([key, presentName(found)].map(serviceId), request.confirm);
  return orderAll(
    deps,
    all.map(({ environment }) => ({ ...key, environment })),
    request,
  );
}

/**
 * An order that names its environments in full.
 *
 * @param mayBeDone - an earlier attempt may have done it, so that one that is gone is no refusal
 * @throws as {@link destroyEnvironment}
 */
export async function destroyNamed(
  deps: Deps,
  keys: readonly EnvironmentKey[],
  request: Ordered & { readonly mayBeDone: boolean },
): Promise<readonly Destroying[]> {
  const there: EnvironmentKey[] = [];
  for (const key of keys) {
    if (await findEnvironment(deps.store.db, key)) there.push(key);
    else if (!request.mayBeDone) await existingEnvironment(deps, key);
  }
  return orderAll(deps, there, request);
}

async function orderAll(deps: Deps, keys: readonly EnvironmentKey[], request: Ordered): Promise<readonly Destroying[]> {
  const all: Destroying[] = [];
  for (const key of keys) all.push(await order(deps, key, request));
  return all;
}

async function order({ store, temporal }: Deps, key: EnvironmentKey, { by, orderId }: Ordered): Promise<Destroying> {
  const through = await newestRelease(store.db, key);
  const once = orderId === undefined ? {} : { updateId: orderId };
  const follower = await previewOf(store.db, key);
  return { key, state: await temporal.destroy(key, { by, through, ...(follower && { follower }) }, once) };
}

/** The workflow that owns the environment, and hears of its end: a preview. */
async function previewOf(db: Deps['store']['db'], key: EnvironmentKey): Promise<string | undefined> {
  const number = previewNumber(key.environment);
  if (number === undefined) return undefined;
  const origin = (await findService(db, key))?.origin;
  return origin?.kind === 'github' ? previewWorkflowId({ repositoryId: origin.repositoryId, number }) : undefined;
}

/** @throws `InvalidRequest` */
function assertConfirmed(names: readonly string[], confirm: string | undefined): void {
  if (confirm === undefined || names.includes(spelled(confirm))) return;
  throw failure(
    FailureType.InvalidRequest,
    `The name is not that of what would be destroyed: it is ${[...new Set(names)].join(', or ')}. Nothing was changed.`,
  );
}

/** `shop/web staging` is `shop.web.staging`. */
const spelled = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .split(/[\s./]+/)
    .join('.');
