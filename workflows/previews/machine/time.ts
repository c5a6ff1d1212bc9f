/** The time of a preview: when it ends, and when time alone changes something. */
import { PREVIEW_LIMITS } from './limits.ts';
import type { ServiceState, PreviewState } from './state.ts';

/** A push, a request, the end of a release: it lives its whole time from then on, and what people gave it beyond that. */
export function renewed(state: PreviewState, now: number): PreviewState {
  const { rules, slot, expiresAt } = state;
  if (rules === null || slot !== 'held') return state;
  return { ...state, expiresAt: Math.max(expiresAt ?? 0, now + rules.rules.ttlMs) };
}

/** True while a release of it is on its way. */
export const isReleasing = ({ ordering, release }: ServiceState, now: number): boolean =>
  [ordering?.silentAt, release?.silentAt].some((silentAt) => silentAt !== undefined && silentAt > now);

/** The moment of its end; `null`: it does not wait for one. What is under way ends first. */
export function endsAt({ wanted, expiresAt, services }: PreviewState): number | null {
  if (wanted === null || expiresAt === null) return null;
  const silences = services.flatMap(({ ordering, release }) =>
    [ordering?.silentAt, release?.silentAt].filter((at) => at !== undefined),
  );
  return Math.max(expiresAt, ...silences);
}

/** When time alone will change something; `null`: never. */
export function previewWakesAt(state: PreviewState): number | null {
  const silences = state.services.flatMap(({ release, removing }) => [
    ...(release ? [release.silentAt] : []),
    ...(removing ? [removing.againAt] : []),
  ]);
  const all = [endsAt(state), ...silences].filter((at) => at !== null);
  return all.length === 0 ? null : Math.min(...all);
}

/** A release is begun: from then on nothing is heard of it. */
export const silentFrom = (now: number): number => now + PREVIEW_LIMITS.releaseMs;
