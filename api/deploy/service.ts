import { serviceId } from '../../contracts/core/ids.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import type { DeployRequest } from '../../contracts/http/deploy.ts';
import { onStore } from '../../store/failures.ts';
import { findServiceKeys } from '../../store/queries/deploy-requests.ts';
import { keptQuery, servicesCalled } from '../../store/queries/names.ts';
import type { ApiDeps } from '../deps.ts';
import { HttpProblem } from '../http/problem.ts';

/**
 * The one service that the request means.
 *
 * @throws {HttpProblem} 404 when there is none, 422 when there are several
 */
export async function serviceOf({ store }: Pick<ApiDeps, 'store'>, asked: DeployRequest): Promise<ServiceKey> {
  const [first, second] = (asked.service ?? '').split('/');
  const project = second === undefined ? asked.project : first;
  const service = second ?? (first === '' ? undefined : first);
  const named = { ...(project !== undefined && { project }), ...(service !== undefined && { service }) };
  const [only, ...others] = await onStore(async () => {
    const found = await findServiceKeys(store.db, await keptQuery(store.db, named));
    return found.length > 0 || project !== undefined || service === undefined
      ? found
      : servicesCalled(store.db, service);
  });
  if (only && others.length === 0) return only;
  if (only) {
    const all = [only, ...others].map((key) => `${key.project}/${key.service}`).join(', ');
    throw new HttpProblem(422, 'InvalidRequest', `Say which service: it could be ${all}.`);
  }
  const what =
    service === undefined ? 'service' : `service ${project === undefined ? service : serviceId({ project, service })}`;
  throw new HttpProblem(
    404,
    'UnknownService',
    `There is no ${what}${service === undefined && project !== undefined ? ` in ${project}` : ''}. Push a landfall.yaml that declares it, then ask again.`,
  );
}
