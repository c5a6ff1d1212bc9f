import { firstPart } from '../../contracts/core/text.ts';

/** At most `limit` UTF-16 code units, ending in an ellipsis when it was longer, and never in half a character. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${firstPart(text, limit - 1).trimEnd()}…`;
}
