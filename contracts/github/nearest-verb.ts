import type { Verb } from './command.ts';
import { VERBS } from './verbs/verbs.ts';

/** The verb that a typing error away from this word is, if it is only one: a letter too many, missing, wrong, or swapped. */
export function nearestVerb(word: string): { readonly near?: Verb } {
  const [only, ...more] = (Object.keys(VERBS) as Verb[]).filter((verb) => isOneErrorApart(word, verb));
  return only === undefined || more.length > 0 ? {} : { near: only };
}

/** Compares what remains after the common beginning and the common end. */
function isOneErrorApart(one: string, other: string): boolean {
  let from = 0;
  while (from < one.length && one[from] === other[from]) from += 1;
  let end = 0;
  while (end < Math.min(one.length, other.length) - from && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  const [left, right] = [one.slice(from, one.length - end), other.slice(from, other.length - end)];
  const isSwapped = left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
  return isSwapped || Math.max(left.length, right.length) === 1;
}
