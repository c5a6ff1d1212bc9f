/** Why a command is not carried out, in Markdown: what was not clear, and what there is to choose from. */
export class CommandRefusal extends Error {}

/** Enough to choose from. */
const MAX_CHOICES = 20;

/** One a line. */
export function choices(items: readonly string[]): string {
  const more = items.length - MAX_CHOICES;
  const shown = items.slice(0, MAX_CHOICES).map((item) => `- ${item}`);
  return [...shown, ...(more > 0 ? [`- and ${more} more`] : [])].join('\n');
}
