/** The known word that a typing error away from this one is, if it is only one: a letter too many, missing, wrong, or swapped. */
export function nearest<Word extends string>(word: string, known: readonly Word[]): Word | undefined {
  const [only, ...more] = known.filter((one) => isOneErrorApart(word, one));
  return more.length > 0 ? undefined : only;
}

/** Compares what remains after the common beginning and the common end. */
function isOneErrorApart(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false;
  let from = 0;
  while (from < one.length && one[from] === other[from]) from += 1;
  let end = 0;
  while (end < Math.min(one.length, other.length) - from && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  const [left, right] = [one.slice(from, one.length - end), other.slice(from, other.length - end)];
  const isSwapped = left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
  return isSwapped || Math.max(left.length, right.length) === 1;
}
