/** One change at a time for each environment of a place, within this process. */
import { cancellationSignal } from '@temporalio/activity';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { staleGeneration } from './stale-generation.ts';

interface Holder {
  readonly generation: number;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/**
 * The later call wins: Temporal calls again only when it has given the earlier one up, which may not know yet (its
 * heartbeat was late) and must stop before it touches anything more. Only an older generation never displaces a newer.
 *
 * @throws `StaleGeneration` to an older generation; `Superseded` to the call that was displaced
 */
export function createExclusive() {
  const holders = new Map<string, Holder>();

  return async function exclusively<T>(
    id: string,
    generation: number,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    for (let holder = holders.get(id); holder; holder = holders.get(id)) {
      signal.throwIfAborted();
      if (holder.generation > generation) throw staleGeneration(id, generation, holder.generation);
      holder.abort.abort(displaced(id));
      await holder.done;
    }
    const abort = new AbortController();
    const running = work(AbortSignal.any([signal, abort.signal]));
    const done = running.then(ignore, ignore).finally(() => holders.delete(id));
    holders.set(id, { generation, abort, done });
    return running;
  };
}

/** {@link createExclusive} for activities that change an environment. Their own cancellation ends them. */
export function createChanging() {
  const exclusively = createExclusive();
  return async <T>(
    { key, generation }: { readonly key: EnvironmentKey; readonly generation: number },
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => exclusively(environmentId(key), generation, cancellationSignal(), work);
}

const displaced = (id: string) =>
  failure(FailureType.Superseded, `A later call took over ${id}; this one stopped without touching anything more.`);

const ignore = () => undefined;
