import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { PageRequest } from '../../../contracts/deployment/maintenance.ts';
import { isProxied } from './container-spec.ts';
import { MAY } from '../stale-generation.ts';
import { assertCurrent } from './fence.ts';
import { instancesOf, type PodmanPlace } from './place.ts';

/**
 * Has the host's proxy answer in the place of the service. It touches no container, so it waits for no deployment that runs
 * here meanwhile.
 *
 * @throws `InvalidConfiguration` where requests reach the service by another way, or are not HTTP
 */
export async function setPage(place: PodmanPlace, request: PageRequest, signal: AbortSignal): Promise<void> {
  const { key, change, page } = request;
  const instances = await instancesOf(place, key, signal);
  await assertCurrent(place, request, instances, MAY.unwind);
  const id = environmentId(key);
  if (page !== null) await assertPageable(place, instances.find(({ chosen, running }) => chosen && running)?.run, id);
  signal.throwIfAborted();
  await place.proxy?.setPage({ id, change, page });
}

/** @param run - what serves; `undefined`: nothing does, and the page waits for what will */
async function assertPageable(
  { host, proxy }: PodmanPlace,
  run: Parameters<typeof isProxied>[0] | undefined,
  id: string,
): Promise<void> {
  const refuse = (why: string) => failure(FailureType.InvalidConfiguration, `${id} at ${host.name}: ${why}`);
  if (!proxy) throw refuse('the host has no proxy that could answer with a page. Configure one for it.');
  if (!run) return;
  if (!isProxied(run)) {
    throw refuse(
      'its container publishes its port itself, so nothing stands in front of it that could answer with a page. Use the blue-green strategy, or names.',
    );
  }
  if ((await proxy.section(id))?.mode !== 'tcp') return;
  throw refuse(
    'its port is not known to speak HTTP (health.kind is tcp), so it cannot answer with a page. Use health.kind http or container.',
  );
}
