import { mask } from '../logs/masker.ts';

/** The end of a log is for the log's page. */
const MAX_MESSAGE = 3_000;

/** At most `limit` UTF-16 code units, ending in an ellipsis when it was longer, and never in half a character. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const kept = text.slice(0, limit - 1);
  const whole = kept.isWellFormed() ? kept : kept.slice(0, -1);
  return `${whole.trimEnd()}…`;
}

/** Whatever the text holds, it is shown as it is: no link, no mention, no end of the block. */
export function fenced(text: string): string {
  const shown = cut(
    mask(text)
      .replaceAll(/[^\P{Cc}\n\t]/gu, '')
      .toWellFormed(),
    MAX_MESSAGE,
  );
  const longest = Math.max(2, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${shown}\n${fence}`;
}
