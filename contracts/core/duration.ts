const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `15m`, `2h`, `250ms` → milliseconds. `undefined` for anything else; no sums, no fractions. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

const MAX_LOCK_MS = 30 * UNIT_MS.d;
/** What {@link lockDuration} takes, in words. */
export const LOCK_DURATIONS = 'a time from 1s to 30d, such as 2h';

/** What a lock is for when nobody says: who locks and says no time goes home sooner or later. */
export const USUAL_LOCK = '24h';

/** `2h` → milliseconds; `undefined` for what is no time that an environment can be locked for. */
export function lockDuration(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= UNIT_MS.s && ms <= MAX_LOCK_MS ? ms : undefined;
}

/** HAProxy counts milliseconds in 31 bits (configuration manual, "Time format"). */
const MAX_PROXY_MS = 24 * UNIT_MS.d;
/** What {@link isProxyTime} takes, in words. */
export const PROXY_TIMES = 'a time from 1s to 24d, such as 30s, 5m or 2h';

/** Whether it is a time in HAProxy's notation that a connection can be given. */
export function isProxyTime(text: string): boolean {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= UNIT_MS.s && ms <= MAX_PROXY_MS;
}

const UNIT_BYTES = { kb: 1_000, mb: 1_000_000, gb: 1_000_000_000 } as const;

/** `500mb` → bytes (decimal units). `undefined` for anything else. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,9})(kb|mb|gb)$/i.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * UNIT_BYTES[(match[2] ?? '').toLowerCase() as keyof typeof UNIT_BYTES];
}
