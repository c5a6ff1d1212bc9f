/** A limit to the bytes that are kept in memory for callers who have not shown yet that they may send them. */

export interface ByteBudget {
  /**
   * Begins to count for one caller.
   *
   * @param evict - called once when another caller's bytes take its place; what it keeps must be given up then
   */
  open(evict: () => void): Share;
}

export interface Share {
  /** Call it before `bytes` more are kept. Callers that began earlier give way. */
  take(bytes: number): void;
  /** Gives everything back. May be called twice. */
  close(): void;
}

interface Holder {
  bytes: number;
  readonly evict: () => void;
}

/**
 * The caller that began first gives way: a real sender needs milliseconds, so whoever has been sending for longest is
 * slow on purpose or by accident. New callers are therefore never kept out by old ones.
 *
 * @param limit - bytes; at least what one caller may send
 */
export function createByteBudget(limit: number): ByteBudget {
  const holders = new Set<Holder>();
  let used = 0;

  const release = (holder: Holder): void => {
    if (holders.delete(holder)) used -= holder.bytes;
  };
  const makeRoom = (wanted: Holder): void => {
    for (const holder of holders) {
      if (used <= limit) return;
      if (holder === wanted) continue;
      release(holder);
      holder.evict();
    }
  };
  return {
    open(evict) {
      const holder: Holder = { bytes: 0, evict };
      holders.add(holder);
      return {
        take(bytes) {
          if (!holders.has(holder)) return;
          holder.bytes += bytes;
          used += bytes;
          makeRoom(holder);
        },
        close: () => release(holder),
      };
    },
  };
}
