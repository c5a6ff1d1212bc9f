/** The status of an environment: the store's record, and beside it the environment's own account. */
import type { EnvironmentView } from '../../contracts/http/api.ts';
import type { EnvironmentState, LiveDeployment } from '../../contracts/deployment/deployment.ts';
import type { EnvironmentLock } from '../../contracts/deployment/environment.ts';
import type { Maintenance } from '../../contracts/deployment/maintenance.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { serviceId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { EnvironmentNow, EnvironmentStatus } from '../../contracts/http/people.ts';
import { certificatesOf } from '../../store/queries/certificate-views.ts';
import { findEnvironment, listServices } from '../../store/queries/views.ts';
import type { ApiDeps } from '../deps.ts';

type StatusDeps = Pick<ApiDeps, 'store' | 'temporal'>;

/** @throws `NotFound` with what there is */
export async function existingEnvironment(
  { store }: Pick<StatusDeps, 'store'>,
  key: EnvironmentKey,
): Promise<EnvironmentView> {
  const found = await findEnvironment(store.db, key);
  if (found) return found;
  const services = await listServices(store.db);
  const service = services.find(({ project, service: name }) => project === key.project && name === key.service);
  const what = service
    ? `${serviceId(key)} has no environment ${key.environment}. It has: ${list(service.environments.map(({ environment }) => environment))}.`
    : `There is no service ${serviceId(key)}. There are: ${list(services.map(({ calledNow, ...one }) => calledNow?.replace('/', '.') ?? serviceId(one)))}.`;
  throw failure(FailureType.NotFound, what);
}

/** @throws `NotFound` with what there is */
export async function environmentStatus(deps: StatusDeps, key: EnvironmentKey): Promise<EnvironmentStatus> {
  const [status, certificates] = await Promise.all([
    existingEnvironment(deps, key).then((view) => withNow(deps, view)),
    certificatesOf(deps.store.db, key),
  ]);
  return { ...status, ...(certificates.length > 0 && { certificates }) };
}

/** Asks the environment itself; takes a second at most. */
export async function withNow(
  { temporal }: Pick<StatusDeps, 'temporal'>,
  view: EnvironmentView,
): Promise<EnvironmentStatus> {
  const { project, service, environment } = view;
  const state = await temporal.environmentState({ project, service, environment });
  return { ...view, answered: state !== undefined, now: state ? nowView(state) : null };
}

export function nowView(state: EnvironmentState): EnvironmentNow {
  const {
    generation,
    live,
    previous,
    lock,
    pause,
    hold,
    running,
    halted = null,
    waiting,
    recalling,
    split,
    destruction,
    maintenance,
    unpaged,
  } = state;
  return {
    ...{ generation, running, halted, waiting: waiting.map((one) => ({ ...one })) },
    live: live && version(live),
    previous: previous && version(previous),
    lock: lock ? lockView(lock) : null,
    pause: pause ? { ...pause, at: iso(pause.at) } : null,
    hold: hold ? { ...hold, at: iso(hold.at) } : null,
    ...(destruction && {
      destruction: {
        by: destruction.by,
        at: iso(destruction.at),
        places: destruction.places.map(({ place, why }) => ({ place, why })),
      },
    }),
    ...(maintenance && { maintenance: maintenanceView(maintenance) }),
    ...(unpaged && { unpaged: unpaged.map(({ place, why }) => ({ place, why })) }),
    ...(recalling !== undefined && { recalling }),
    ...(split && { split: split.map(({ place, why }) => ({ place, why })) }),
  };
}

const lockView = ({ owner, reason, at, expiresAt }: EnvironmentLock) => ({
  ...{ owner, reason, at: iso(at), expiresAt: expiresAt === null ? null : iso(expiresAt) },
});

const maintenanceView = ({ by, reason, at, until }: Maintenance) => ({
  ...{ by, reason, at: iso(at), until: until === null ? null : iso(until) },
});

const version = ({ deploymentId, commit, digest, generation }: LiveDeployment) => ({
  ...{ deploymentId, commit, digest, generation },
});
const iso = (at: number): string => new Date(at).toISOString();

/** Enough to find a typing error by. */
const MAX_NAMES = 20;
function list(names: readonly string[]): string {
  if (names.length === 0) return 'none yet';
  return names.length > MAX_NAMES ? `${names.slice(0, MAX_NAMES).join(', ')} and more` : names.join(', ');
}
