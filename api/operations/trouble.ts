/** Troubles that need a person although pushes are acted on: for `/readyz`, `landfall doctor` and the first page. */
import { certificateViews } from '../../store/queries/certificate-views.ts';
import { failingUpkeep } from '../../store/queries/upkeep.ts';
import type { ApiDeps } from '../deps.ts';
import type { Check } from '../ports.ts';
import { within } from '../http/within.ts';

/** A probe waits no longer. */
const DEADLINE_MS = 2_000;

type Deps = Pick<ApiDeps, 'store' | 'temporal'>;

/**
 * The health of the work that Landfall does by itself. Never throws: a store that is away is another check's finding.
 */
export async function upkeepCheck({ store }: Pick<Deps, 'store'>): Promise<Check> {
  const failing = await within(DEADLINE_MS, failingUpkeep(store.db, Date.now())).catch(() => null);
  if (failing === null) return { ok: true, detail: 'not known: the store does not answer' };
  if (failing.length === 0) return { ok: true, detail: 'the scheduled work is done' };
  return { ok: true, warning: true, detail: failing.join('; ') };
}

/** Workflows whose code fails again and again hear nothing any more. */
export async function workflowsCheck({ temporal }: Pick<Deps, 'temporal'>): Promise<Check> {
  const stuck = await temporal.stuckWorkflows();
  if (stuck === undefined) return { ok: true, detail: 'not known: Temporal does not say' };
  if (stuck.length === 0) return { ok: true, detail: 'none is stuck' };
  const detail = `stuck, so that they hear nothing: ${stuck.join(', ')}. Landfall's log says why`;
  return { ok: true, warning: true, detail };
}

/** Names whose certificate ends within so many days, long after it should have been renewed. */
const ENDING_DAYS = 10;
const DAY_MS = 86_400_000;

/** Certificates that end soon, or have ended. Never throws, as above. */
export async function certificatesCheck({ store }: Pick<Deps, 'store'>): Promise<Check> {
  const all = await within(DEADLINE_MS, certificateViews(store.db)).catch(() => null);
  if (all === null) return { ok: true, detail: 'not known: the store does not answer' };
  const soon = Date.now() + ENDING_DAYS * DAY_MS;
  const ending = all.flatMap(({ name, places, failure }) => {
    const ends = places.flatMap(({ validUntil }) => (validUntil === null ? [] : [Date.parse(validUntil)]));
    const first = Math.min(...ends);
    if (!(first < soon)) return [];
    const why = failure === null ? '' : `: ${failure.message.replace(/\.$/, '')}`;
    return [`the certificate of ${name} ends on ${new Date(first).toISOString().slice(0, 10)}${why}`];
  });
  if (ending.length === 0) return { ok: true, detail: 'none ends soon' };
  return { ok: true, warning: true, detail: ending.join('; ') };
}

/** A sentence for each. */
export async function troubles(deps: Deps): Promise<readonly string[]> {
  const checks = await Promise.all([upkeepCheck(deps), workflowsCheck(deps), certificatesCheck(deps)]);
  return checks.filter(({ warning }) => warning === true).map(({ detail }) => detail);
}
