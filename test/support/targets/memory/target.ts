/** {@link TargetActivities} for one cell: what contracts/deployment/target.ts promises, with nothing behind it. */
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { createExclusive } from '../../../../activities/targets/per-environment-lock.ts';
import { staleGeneration } from '../../../../activities/targets/stale-generation.ts';
import { readKindSettings } from '../../../../activities/targets/kind-settings.ts';
import { FailureType, failure } from '../../../../contracts/core/failures.ts';
import { environmentId } from '../../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../../contracts/core/keys.ts';
import type { PageActivities } from '../../../../contracts/deployment/maintenance.ts';
import type {
  CapturedRun,
  RemovalRequest,
  TargetActivities,
  TargetRequest,
} from '../../../../contracts/deployment/target.ts';
import { digestIn, replicaName, type Cell, type CellReplica, type MemoryRegistry, type Slot } from './cell.ts';
import { memory } from './kind.ts';

interface MemoryTargetDeps {
  readonly cell: Cell;
  readonly registry: MemoryRegistry;
  /** Called before each change. */
  readonly onChange?: () => void;
}

/** A generation that was taken back may still be taken back again, and tidied up after. */
const MAY = { switch: 0, unwind: 1 } as const;
const POLL_MS = 5;

export function createMemoryTarget({ cell, registry, onChange }: MemoryTargetDeps): TargetActivities & PageActivities {
  const exclusively = createExclusive();

  const changing = <T>(key: EnvironmentKey, generation: number, work: (signal: AbortSignal) => Promise<T>) =>
    exclusively(environmentId(key), generation, cancellationSignal(), work);
  const change = (signal: AbortSignal, act: () => void): void => {
    signal.throwIfAborted();
    onChange?.();
    act();
  };

  const looked = ({ key, generation }: RemovalRequest): Slot => {
    const slot = cell.slot(environmentId(key));
    const newest = Math.max(0, ...[...slot.replicas.values()].map(({ run }) => run.generation));
    if (newest > generation) throw staleGeneration(environmentId(key), generation, newest);
    return slot;
  };
  const fenced = (request: RemovalRequest, slack: number): Slot => {
    const slot = looked(request);
    const { key, generation } = request;
    if (slot.fence > generation + slack) throw staleGeneration(environmentId(key), generation, slot.fence - 1);
    return slot;
  };
  const raise = (slot: Slot, lowest: number): void => void (slot.fence = Math.max(slot.fence, lowest));

  const pull = (image: string, signal: AbortSignal): void => {
    if (cell.images.has(image)) return;
    if (!registry.has(image)) throw failure(FailureType.ImageNotFound, `${cell.name}: there is no image ${image}.`);
    change(signal, () => cell.images.add(image));
  };
  const start = (slot: Slot, run: CapturedRun, signal: AbortSignal): string => {
    const name = replicaName(run);
    if (slot.replicas.has(name)) return name;
    pull(run.image, signal);
    change(signal, () => slot.replicas.set(name, { run, image: run.image }));
    return name;
  };
  const serve = (slot: Slot, name: string | null, signal: AbortSignal): void => {
    if (slot.serving !== name) change(signal, () => (slot.serving = name));
  };
  const keep = (slot: Slot, isKept: (name: string, replica: CellReplica) => boolean, signal: AbortSignal): void => {
    for (const [name, replica] of slot.replicas) {
      if (!isKept(name, replica)) change(signal, () => slot.replicas.delete(name));
    }
  };

  const answers = ({ image }: CellReplica, path: string): boolean => registry.get(image)?.(path) !== undefined;
  /** One health attempt: good at once, or asked again until the time is up. */
  const healthy = async (
    slot: Slot,
    name: string,
    { health }: TargetRequest,
    signal: AbortSignal,
  ): Promise<boolean> => {
    for (const until = Date.now() + health.timeoutMs; ;) {
      heartbeat();
      const replica = slot.replicas.get(name);
      if (replica && answers(replica, health.path)) return true;
      if (Date.now() >= until) return false;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      signal.throwIfAborted();
    }
  };

  return {
    prepare: (request) =>
      changing(request.key, request.generation, async (signal) => {
        const slot = fenced(request, MAY.switch);
        readKindSettings(memory.settings, request.kindSettings);
        raise(slot, request.generation);
        pull(request.image, signal);
      }),

    capture: async (request) => {
      const { serving, replicas } = looked(request);
      return { place: cell.name, running: (serving !== null && replicas.get(serving)?.run) || null };
    },

    runOnce: (request) =>
      changing(request.key, request.generation, async (signal) => {
        const { ran } = fenced(request, MAY.switch);
        const run = `${request.deploymentId} ${request.releaseRun ?? 1}`;
        if (!ran.has(run)) change(signal, () => ran.add(run));
      }),

    switchTo: (request) =>
      changing(request.key, request.generation, async (signal) => {
        const slot = fenced(request, MAY.switch);
        const { path } = readKindSettings(memory.settings, request.kindSettings);
        const name = start(slot, runOf(request), signal);
        const { attempt } = activityInfo();
        if (slot.serving !== name && !(await healthy(slot, name, request, signal))) {
          const message = `${cell.name}: ${request.health.path} is not answered. Attempt ${attempt} of ${request.health.attempts}.`;
          throw failure(FailureType.Unhealthy, message);
        }
        serve(slot, name, signal);
        return { healthAttempts: attempt, url: `http://${cell.name}.test${path}` };
      }),

    observe: async (request) => {
      const { serving, replicas } = looked(request);
      const served = serving === null ? undefined : replicas.get(serving);
      const isHealthy = served ? answers(served, served.run.health.path) : null;
      return {
        place: cell.name,
        replicas: [...replicas]
          .map(([name, { run, image }]) => {
            const { deploymentId, generation } = run;
            return {
              name,
              deploymentId,
              generation,
              digest: digestIn(image),
              running: true,
              serving: name === serving,
            };
          })
          .toSorted((one, other) => other.generation - one.generation),
        healthy: isHealthy,
        reason: isHealthy === true ? '' : `nothing answers at ${cell.name}`,
      };
    },

    restore: ({ request, captured: { running } }) =>
      changing(request.key, request.generation, async (signal) => {
        const slot = fenced(request, MAY.unwind);
        if (running) readKindSettings(memory.settings, running.kindSettings);
        raise(slot, request.generation + MAY.unwind);
        serve(slot, running ? start(slot, running, signal) : null, signal);
        keep(slot, (name) => name === slot.serving || name !== replicaName(request), signal);
      }),

    finalize: ({ request, captured: { running } }) =>
      changing(request.key, request.generation, async (signal) => {
        const slot = fenced(request, MAY.unwind);
        if (slot.serving === null) return;
        const before = running && replicaName(running);
        keep(slot, (name) => name === slot.serving || name === before, signal);
      }),

    remove: (request) =>
      changing(request.key, request.generation, async (signal) => {
        const slot = fenced(request, MAY.unwind);
        raise(slot, request.generation + MAY.unwind);
        serve(slot, null, signal);
        keep(slot, () => false, signal);
        slot.ran.clear();
        slot.pages = { change: 0, page: null };
      }),

    async setPage({ change, page, ...request }) {
      const slot = fenced(request, MAY.unwind);
      if (change >= slot.pages.change) slot.pages = { change, page };
    },

    remains: async ({ key }) => [...cell.slot(environmentId(key)).replicas.keys()],
  };
}

function runOf(request: TargetRequest): CapturedRun {
  const { deploymentId, generation, image, commit, run, health, kindSettings } = request;
  return { deploymentId, generation, image, digest: digestIn(image), commit, run, health, kindSettings };
}
