/** At most `limit` UTF-16 code units, ending in an ellipsis when it was longer, and never in half a character. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const kept = text.slice(0, limit - 1);
  const whole = kept.isWellFormed() ? kept : kept.slice(0, -1);
  return `${whole.trimEnd()}…`;
}
