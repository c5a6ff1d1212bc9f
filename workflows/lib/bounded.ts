/**
 * Everything that is handed on must fit: Temporal takes 2 MB as the input of a run or an activity, and refuses more for
 * ever.
 */
const encoder = new TextEncoder();

/** In bytes, as it is handed on. */
export const sizeOf = (value: unknown): number => encoder.encode(JSON.stringify(value)).length;

/** The number of them that fits into so many bytes; at least one. */
export function howManyFit(all: readonly unknown[], bytes: number): number {
  let left = bytes;
  const tooMany = all.findIndex((one, index) => {
    left -= sizeOf(one);
    return left < 0 && index > 0;
  });
  return tooMany < 0 ? all.length : tooMany;
}

/** In parts of so many bytes at most, as far as single ones allow. */
export function inParts<T>(all: readonly T[], bytes: number): readonly (readonly T[])[] {
  const parts: (readonly T[])[] = [];
  for (let rest = all; rest.length > 0;) {
    const count = howManyFit(rest, bytes);
    parts.push(rest.slice(0, count));
    rest = rest.slice(count);
  }
  return parts;
}
