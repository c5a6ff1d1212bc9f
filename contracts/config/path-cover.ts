/**
 * Finds the `paths` of a service that let nothing in, because patterns after them take all of it out again. Pure.
 *
 * It is proved, not tried out with examples: one exclusion takes out all paths that the pattern means, and nothing
 * after that one lets any of it in. Where there is no proof, the answer is that something gets through.
 */
import { bare, isExclusion, matches, matchesName, partsOf, type MatchingWork } from './path-filter.ts';

interface Rule {
  readonly wanted: boolean;
  readonly parts: readonly string[];
}

/**
 * @param work - what may still be spent; patterns that there is no time left for count as letting something in
 * @returns their places in the list, in its order
 */
export function takenOut(patterns: readonly string[], work: MatchingWork): readonly number[] {
  const found = new Set<number>();
  const rules = patterns.map((pattern): Rule => ({ wanted: !isExclusion(pattern), parts: partsOf(bare(pattern)) }));
  // From the end: whether one lets anything in depends on those after it alone.
  for (let at = rules.length - 1; at >= 0; at -= 1) {
    const rule = rules[at];
    if (rule?.wanted !== true) continue;
    const exclusion = rules.findLastIndex(
      (other, index) => index > at && !other.wanted && hasTime(work, rule, other) && covers(other, rule),
    );
    if (exclusion === -1) continue;
    const letsIn = (other: Rule, index: number): boolean =>
      index > exclusion && other.wanted && !found.has(index) && !(hasTime(work, rule, other) && areApart(rule, other));
    if (!rules.some(letsIn)) found.add(at);
  }
  return [...found].toReversed();
}

function hasTime(work: MatchingWork, { parts: one }: Rule, { parts: other }: Rule): boolean {
  work.left -= one.length * other.length + one.length + other.length;
  return work.left >= 0;
}

/** No pattern holds it (path-filter.ts): of an exclusion only a star can stand for it, and that stands for anything. */
const ANYTHING = '\0';

/** True when the exclusion means every path that the pattern means. */
function covers(exclusion: Rule, { parts }: Rule): boolean {
  const meant = starsFirst(parts);
  return matches(
    starsFirst(exclusion.parts),
    // No path is empty.
    meant.length === 1 && meant[0] === '**' ? ['*', '**'] : meant,
    (part, name) => name !== '**' && matchesName(part, name.replaceAll('*', ANYTHING)),
  );
}

/** The same pattern, with `*` before the `**` beside it: in either order they mean the same. */
function starsFirst(parts: readonly string[]): readonly string[] {
  const sorted: string[] = [];
  let isDeep = false;
  for (const part of parts) {
    if (part === '**') {
      isDeep = true;
      continue;
    }
    if (part !== '*' && isDeep) sorted.push('**');
    if (part !== '*') isDeep = false;
    sorted.push(part);
  }
  return isDeep ? [...sorted, '**'] : sorted;
}

/** True when no path is meant by both, as far as their names up to the first `**` and behind the last one tell. */
function areApart({ parts: one }: Rule, { parts: other }: Rule): boolean {
  return (
    isLonger(one, other) || isLonger(other, one) || differ(one, other) || differ(one.toReversed(), other.toReversed())
  );
}

/** True when all paths of the one have more names than those of the other. */
const isLonger = (one: readonly string[], other: readonly string[]): boolean =>
  !other.includes('**') && one.filter((part) => part !== '**').length > other.length;

function differ(one: readonly string[], other: readonly string[]): boolean {
  for (const [index, part] of one.entries()) {
    const beside = other[index];
    if (beside === undefined || part === '**' || beside === '**') return false;
    if (isOtherName(part, beside)) return true;
  }
  return false;
}

/** True when no name is meant by both parts. */
function isOtherName(one: string, other: string): boolean {
  if (!one.includes('*')) return !matchesName(other, one);
  if (!other.includes('*')) return !matchesName(one, other);
  const [first, last] = [ends(one), ends(other)];
  const begin = first.begin.startsWith(last.begin) || last.begin.startsWith(first.begin);
  const end = first.end.endsWith(last.end) || last.end.endsWith(first.end);
  return !begin || !end;
}

const ends = (part: string) => ({
  begin: part.slice(0, part.indexOf('*')),
  end: part.slice(part.lastIndexOf('*') + 1),
});
