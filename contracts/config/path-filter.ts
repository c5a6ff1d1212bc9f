/**
 * Decides which files a service cares about (`paths` in landfall.yaml). `*` stands for anything within one name, `**` for any number of folders, everything else for itself; a folder's name stands for all that is in it, and
 * `!` takes paths out again. The last pattern that matches counts, as in GitHub's own path filters.
 *
 * Written by hand: patterns and paths are both other people's, so matching takes time in proportion to their lengths.
 * Libraries for globs make a regular expression, which could be made to take for ever.
 */

const MAX_LENGTH = 255;
/** Special characters of other tools' patterns: taken literally, they would match nothing without a word. */
const FOREIGN = /[?{}\\]/;
const CONTROL = /\p{Cc}/u;

export const isExclusion = (pattern: string): boolean => pattern.startsWith('!');
/** Without the `!`. */
export const bare = (pattern: string): string => (isExclusion(pattern) ? pattern.slice(1) : pattern);

/** The mistake in a pattern, in words; `undefined`: none. */
export function patternProblem(pattern: string): string | undefined {
  const path = bare(pattern);
  if (pattern.length > MAX_LENGTH || CONTROL.test(pattern)) return `use at most ${MAX_LENGTH} printable characters`;
  if (FOREIGN.test(path)) return 'only * and ** are special: write several patterns in place of ?, {…} or \\';
  const parts = path.replace(/\/$/, '').split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    return 'write it relative to the repository, without "./", ".." or empty names';
  }
  if (parts.some((part) => part !== '**' && part.includes('**'))) return '** stands alone between slashes';
  return undefined;
}

/** True when at least one pattern lets something in: exclusions alone match nothing. */
export const letsSomethingIn = (patterns: readonly string[]): boolean => patterns.some((one) => !isExclusion(one));

/** Parts of a pattern times names of a path, and characters: a look at a commit may take so many, a tenth of a second. */
const MAX_STEPS = 10_000_000;

/** The steps that are left for all paths of one commit together. */
export interface MatchingWork {
  left: number;
}
export const matchingWork = (): MatchingWork => ({ left: MAX_STEPS });

/**
 * True when any of the paths is one that the patterns mean. Patterns and paths that would take too long to compare
 * count as a match: nothing is left out that might have been meant.
 */
export function isTouched(
  patterns: readonly string[],
  paths: readonly string[],
  work: MatchingWork = matchingWork(),
): boolean {
  const rules = patterns.map((pattern) => ({ wanted: !isExclusion(pattern), parts: partsOf(bare(pattern)) }));
  return paths.some((path) => {
    const names = path.split('/');
    work.left -= rules.reduce((total, { parts }) => total + parts.length * names.length + path.length, 0);
    if (work.left < 0) return true;
    return rules.findLast(({ parts }) => matches(parts, names))?.wanted ?? false;
  });
}

/** A folder's name, with or without a slash behind it, means everything in it. */
export function partsOf(pattern: string): readonly string[] {
  const parts = pattern.replace(/\/$/, '').split('/');
  return parts.at(-1)?.includes('*') ? parts : [...parts, '**'];
}

/**
 * After each part: how many of the names can be used up by the parts so far.
 *
 * @param fits - whether a part other than `**` stands for a name
 */
export function matches(parts: readonly string[], names: readonly string[], fits = matchesName): boolean {
  let reached = [true, ...names.map(() => false)];
  for (const part of parts) {
    if (part === '**') {
      const first = reached.indexOf(true);
      reached = reached.map((_, used) => first !== -1 && used >= first);
    } else {
      reached = [false, ...names.map((name, used) => reached[used] === true && fits(part, name))];
    }
  }
  return reached.at(-1) === true;
}

/** True when the part of a pattern means the name: the pieces between the stars, each found as early as possible. */
export function matchesName(part: string, name: string): boolean {
  const [first = '', ...rest] = part.split('*');
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let from = first.length;
  for (const piece of rest) {
    const at = name.indexOf(piece, from);
    if (at === -1) return false;
    from = at + piece.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}
