/**
 * Finds out, while the old version serves, whether the engine can start a run: its container is made ready (file
 * system, mounts, user, limits), without network, ports and secrets. Its program is examined and does not run.
 */
import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import { PodmanError } from '../../podman/client.ts';
import type { ContainerSpec } from '../../podman/containers.ts';
import { logLimit } from './log-limit.ts';
import type { PodmanPlace } from './place.ts';
import { refusedProgram } from './program.ts';
import { notTaken, startFailure } from './refusals.ts';
import { containerName, containerSpec, type Run } from './container-spec.ts';

/** Not the label of what serves: no other operation takes it for a version of the service. */
const TRIAL = 'landfall.trial';
const trialLabel = (key: EnvironmentKey): string => `${TRIAL}=${environmentId(key)}`;

/** The engine ends and removes by then what a killed worker left behind. */
const LIFETIME_SECONDS = 60;

/** @throws `InvalidConfiguration`, `EngineRefused` (final), `DiskFull`, `EngineUnavailable` */
export async function assertStarts(place: PodmanPlace, run: Run, signal: AbortSignal): Promise<void> {
  const name = `${containerName(run)}.trial`;
  await removeTrials(place, run.key);
  signal.throwIfAborted();
  try {
    await place.containers.create(trialSpec(name, place, run));
    await place.containers.init(name);
    const refused = await refusedProgram(place.containers, name, signal).catch(() => undefined);
    signal.throwIfAborted();
    if (refused) throw notTaken(containerName(run), refused.program, refused.reason);
  } catch (error) {
    throw error instanceof PodmanError ? startFailure(containerName(run), error) : error;
  } finally {
    // A cancel, or an engine that is away, must not hide what was found.
    await removeTrials(place, run.key).catch(() => undefined);
  }
}

/** Removes what an earlier call was killed over. */
export async function removeTrials({ containers }: PodmanPlace, key: EnvironmentKey): Promise<void> {
  for (const { id } of await containers.list(trialLabel(key))) await containers.remove(id);
}

/** Their names. */
export const leftOfTrials = async ({ containers }: PodmanPlace, key: EnvironmentKey): Promise<readonly string[]> =>
  (await containers.list(trialLabel(key))).map(({ name }) => name);

function trialSpec(name: string, { host }: PodmanPlace, run: Run): ContainerSpec {
  const { secret_env: _secrets, ...spec } = containerSpec(run, host.address, null);
  return {
    ...spec,
    ...logLimit(host),
    name,
    labels: { [TRIAL]: environmentId(run.key) },
    portmappings: [],
    netns: { nsmode: 'none' },
    restart_policy: 'no',
    remove: true,
    timeout: LIFETIME_SECONDS,
  };
}
