/** The versions that an environment can be rolled back to, as far as the registry still has them. */
import { listRollbackTargets } from '../../store/queries/rollback-targets.ts';
import type { ApiDeps } from '../deps.ts';
import type { RollbackTargets } from '../ports.ts';

/** A page does not wait longer for a registry: the rollback itself finds out. */
const REGISTRY_MS = 1_000;
/** An environment's page is loaded every few seconds by every browser that has it open. */
const KEPT_MS = 30_000;
const MAX_KEPT = 1_000;

interface Kept {
  readonly until: number;
  readonly answer: Promise<boolean | null>;
}

/** Reads them; the registry's answer is kept for half a minute. */
export function createRollbackTargets({ store, hasImage }: Pick<ApiDeps, 'store' | 'hasImage'>): RollbackTargets {
  const kept = new Map<string, Kept>();

  function isAvailable(image: string): Promise<boolean | null> {
    const known = kept.get(image);
    if (known && known.until > Date.now()) return known.answer;
    if (kept.size >= MAX_KEPT) kept.clear();
    // An error is no answer, whichever it is.
    const answer = hasImage(image, AbortSignal.timeout(REGISTRY_MS)).catch(() => null);
    kept.set(image, { until: Date.now() + KEPT_MS, answer });
    return answer;
  }

  return async (key) => {
    const targets = await listRollbackTargets(store.db, key);
    return Promise.all(
      targets.map(async ({ image, ...target }) => ({ ...target, available: await isAvailable(image) })),
    );
  };
}
