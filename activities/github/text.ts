import { changed, code, oneLine, type Line, type Markdown } from '../../contracts/core/markdown.ts';
import { firstPart } from '../../contracts/core/text.ts';

/** At most `limit` UTF-16 code units, ending in an ellipsis when it was longer, and never in half a character. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${firstPart(text, limit - 1).trimEnd()}…`;
}

/** Like {@link cut}, in one line. */
export const cutLine = (text: string, limit: number): Line => oneLine(cut(oneLine(text), limit));

/**
 * Like {@link cut}, and no part of the result means more than before: half of a `code` span would show the rest of its
 * line as Markdown, so a line is whole, except inside of a fence, which reaches to the end.
 */
export function cutMarkdown(text: Markdown, limit: number): Markdown {
  if (text.length <= limit) return text;
  const lines = firstPart(text, limit - 2).split('\n');
  const whole = lines.slice(0, -1);
  if (isInFence(whole)) return changed(text, () => `${lines.join('\n')}…`);
  if (whole.length === 0) return code(cut(text, limit - 2));
  return changed(text, () => `${whole.join('\n')}\n…`);
}

/** True when a fence is open after these lines. Only `fenced` makes fences, longer than any line inside of them. */
function isInFence(lines: readonly string[]): boolean {
  let fence: string | undefined;
  for (const line of lines) {
    if (fence === undefined) fence = /^(`{3,})text$/.exec(line)?.[1];
    else if (line === fence) fence = undefined;
  }
  return fence !== undefined;
}
