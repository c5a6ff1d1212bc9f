/**
 * Keeps deployments that were overtaken away (docs/adr, "Order by sequence, fence by generation").
 *
 * Containers tell most of it: the newest generation among them counts. A deployment that was taken back leaves none,
 * so it leaves an empty volume whose name says which generation is the lowest that may still switch. It lives in the
 * engine, like everything else that is decided by.
 */
import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import { staleGeneration, type Slack } from '../stale-generation.ts';
import type { Instance, PodmanPlace } from './place.ts';
import { LABEL, keyLabel, type Run } from './container-spec.ts';

const prefix = (key: EnvironmentKey): string => `landfall.${environmentId(key)}.fence.`;

type Ranked = Pick<Run, 'key' | 'generation'>;

/**
 * For operations that only look: a generation that was taken back does not hide the running one.
 * @throws `StaleGeneration` when a container of a newer generation is here
 */
export function assertRunsNothingNewer({ key, generation }: Ranked, instances: readonly Instance[]): void {
  const newest = Math.max(0, ...instances.map((instance) => instance.generation));
  if (newest > generation) throw staleGeneration(environmentId(key), generation, newest);
}

/** @throws `StaleGeneration` when a newer generation is or has been here */
export async function assertCurrent(
  place: PodmanPlace,
  run: Ranked,
  instances: readonly Instance[],
  slack: Slack,
): Promise<void> {
  assertRunsNothingNewer(run, instances);
  const { key, generation } = run;
  const lowest = Math.max(0, ...(await levels(place, key)));
  if (lowest > generation + slack) throw staleGeneration(environmentId(key), generation, lowest - 1);
}

/** From now on only this generation and newer ones may switch. Repeating it, or a lower one, changes nothing. */
export async function raiseFence(place: PodmanPlace, key: EnvironmentKey, lowest: number): Promise<void> {
  const found = await levels(place, key);
  if (found.some((level) => level >= lowest)) return;
  await place.volumes.create(`${prefix(key)}${lowest}`, { [LABEL.key]: environmentId(key) });
  for (const level of found) await place.volumes.remove(`${prefix(key)}${level}`);
}

async function levels({ volumes }: PodmanPlace, key: EnvironmentKey): Promise<number[]> {
  const names = await volumes.list(keyLabel(key));
  return names
    .filter((name) => name.startsWith(prefix(key)))
    .map((name) => Number(name.slice(prefix(key).length)))
    .filter(Number.isSafeInteger);
}
