const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `15m`, `2h`, `250ms` → milliseconds. `undefined` for anything else; no sums, no fractions. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** Days from two on: `24 h` is what people write. */
const UNITS = [
  { unit: 'd', seconds: 86_400, from: 2 * 86_400 },
  { unit: 'h', seconds: 3_600, from: 3_600 },
  { unit: 'min', seconds: 60, from: 60 },
  { unit: 's', seconds: 1, from: 0 },
] as const;

/** `4.2 s`, `3 min 20 s`, `2 h`, `2 d 6 h`: how long something takes or took, in one unit or two. */
export function formatDuration(ms: number): string {
  const tenths = Math.max(0, Math.round(ms / 100));
  if (tenths < 600) return `${tenths / 10} s`;
  const total = Math.round(ms / 1_000);
  const at = UNITS.findIndex(({ from }) => total >= from);
  let left = total;
  return UNITS.slice(at, at + 2)
    .map(({ unit, seconds }) => {
      const count = Math.floor(left / seconds);
      left -= count * seconds;
      return count > 0 ? `${count} ${unit}` : '';
    })
    .filter(Boolean)
    .join(' ');
}

/** `3 min`: how long ago something was, in one unit, rounded down. Clocks differ, so what lies ahead is `0 s`. */
export function formatAge(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1_000));
  const { unit, seconds } = UNITS.find(({ from }) => total >= from) ?? UNITS[3];
  return `${Math.floor(total / seconds)} ${unit}`;
}

const MAX_LOCK_MS = 30 * UNIT_MS.d;
/** The times that {@link lockDuration} takes, in words. */
export const LOCK_DURATIONS = 'a time from 1s to 30d, such as 2h';

/** The length of a lock without a time: people who name none go home sooner or later. */
export const USUAL_LOCK = '24h';

/** `2h` → milliseconds; `undefined` for what is no time that an environment can be locked for. */
export function lockDuration(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= UNIT_MS.s && ms <= MAX_LOCK_MS ? ms : undefined;
}

/** HAProxy counts milliseconds in 31 bits (configuration manual, "Time format"). */
const MAX_PROXY_MS = 24 * UNIT_MS.d;
/** The times that {@link isProxyTime} takes, in words. */
export const PROXY_TIMES = 'a time from 1s to 24d, such as 30s, 5m or 2h';

/** True for a time in HAProxy's notation that a connection can be given. */
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
