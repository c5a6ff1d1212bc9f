import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import { MAY } from '../stale-generation.ts';
import { assertCurrent, raiseFence } from './fence.ts';
import { ensureImage } from './image.ts';
import { recoverPort } from './lost-ports.ts';
import { instancesOf, type Instance, type PodmanPlace } from './place.ts';
import { tell } from '../tell.ts';
import { isFree, overlaps, portTaken, portTakenBy } from './ports.ts';
import { noHealthcheck } from './healthcheck.ts';
import { LABEL, isProxied, type Run } from './container-spec.ts';
import { assertRoutes } from './proxy/route-owner.ts';
import type { Section } from './proxy/section.ts';
import type { Values } from '../fetch-variables.ts';
import { entranceOf, proxyOf } from './strategy.ts';
import { assertStarts } from './trial.ts';

/** Everything that can fail while nothing has been touched. Afterwards older generations are refused here. */
export async function prepare(place: PodmanPlace, run: Run, values: Values, signal: AbortSignal): Promise<void> {
  const instances = await instancesOf(place, run.key, signal);
  await assertCurrent(place, run, instances, MAY.switch);
  await assertRoom(place, signal);
  await assertEntrance(place, run, instances, signal);
  signal.throwIfAborted();
  await raiseFence(place, run.key, run.generation);
  const image = await ensureImage(place, run, signal);
  if (run.health.kind === 'container' && !image.hasHealthcheck) throw noHealthcheck(run.image);
  // With blue-green the old version serves on while the new one is started; nothing is gained by trying it twice.
  if (run.strategy === 'recreate' || run.run.release) await assertStarts(place, run, signal);
  // Now, and not when the old version is stopped: Landfall may be away, or a key.
  const given = await values();
  await tell(place, run, 'deploy', [
    `${place.host.name} has ${run.image}${given ? `, and revision ${given.revision} of its variables` : ''}.`,
  ]);
}

/** @throws `DiskFull` */
async function assertRoom({ disk, minFreeBytes, host }: PodmanPlace, signal: AbortSignal): Promise<void> {
  const { path, freeBytes } = await disk.room(signal);
  if (freeBytes >= minFreeBytes) return;
  throw failure(
    FailureType.DiskFull,
    `Host ${host.name} has ${megabytes(freeBytes)} left at ${path}, and ${megabytes(minFreeBytes)} are kept free. Remove what is not needed ("podman image prune") or add space.`,
  );
}

const megabytes = (bytes: number): string => `${Math.floor(bytes / 1e6)} MB`;

/**
 * @throws `PortTaken`; `RouteTaken`; `InvalidConfiguration` for blue-green or names without a proxy, and for names without its
 * ports for the web; `ProxyUnavailable`
 */
async function assertEntrance(
  place: PodmanPlace,
  run: Run,
  instances: readonly Instance[],
  signal: AbortSignal,
): Promise<void> {
  const id = environmentId(run.key);
  const entrance = entranceOf(place, run);
  const isHeld = isProxied(run) ? await proxyOf(place).holdsPort(entrance) : await place.proxy?.holdsPort(entrance);
  const sections = (await place.proxy?.sections()) ?? [];
  assertRoutes(place.host.proxy ?? {}, entrance, sections);
  if (run.publishPort === undefined) return;
  await assertPort(place, { id, port: run.publishPort, sections, isHeld: isHeld === true }, instances, signal);
}

interface WantedPort {
  readonly id: string;
  readonly port: number;
  readonly sections: readonly Section[];
  /** The proxy listens there for it already. */
  readonly isHeld: boolean;
}

/** @throws `PortTaken` */
async function assertPort(
  place: PodmanPlace,
  { id, port: wanted, sections, isHeld }: WantedPort,
  instances: readonly Instance[],
  signal: AbortSignal,
): Promise<void> {
  const { address, proxy } = place.host;
  // Ports of stopped containers count, too: one that is stopped for a moment comes back.
  const other = (await place.containers.list(LABEL.key, signal)).find(
    ({ labels, ports }) =>
      labels[LABEL.key] !== id && ports.some((port) => port.port === wanted && overlaps(port.address, address)),
  );
  if (other) throw portTaken(address, wanted, other.labels[LABEL.key] ?? other.name);
  const section = sections.find((one) => one.id !== id && one.port === wanted && overlaps(one.address, address));
  if (section) throw portTaken(address, wanted, section.id);
  if (proxy?.public?.httpPort === wanted || proxy?.public?.httpsPort === wanted) {
    throw portTaken(address, wanted, "this host's own frontends for the web");
  }
  const published = instances.some(
    ({ running, binding }) => running && binding?.address === address && binding.port === wanted,
  );
  if (isHeld || published) return;
  await recoverPort(place, { address, port: wanted }, signal);
  if (!(await isFree(address, wanted))) throw await portTakenBy(address, wanted);
}
