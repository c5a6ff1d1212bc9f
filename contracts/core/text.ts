/**
 * Cutting text without breaking a character. JavaScript counts UTF-16 units, so a cut may leave half of a surrogate pair,
 * which neither protobuf (Temporal's failures) nor PostgreSQL's JSON can hold.
 */

/** The first `limit` UTF-16 units at most. */
export function firstPart(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return isHigh(text.charCodeAt(limit - 1)) ? text.slice(0, limit - 1) : text.slice(0, limit);
}

/** The last `limit` UTF-16 units at most. */
export function lastPart(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const start = text.length - limit;
  return isLow(text.charCodeAt(start)) ? text.slice(start + 1) : text.slice(start);
}

const isHigh = (unit: number): boolean => unit >= 0xd8_00 && unit <= 0xdb_ff;
const isLow = (unit: number): boolean => unit >= 0xdc_00 && unit <= 0xdf_ff;
