import { joined, ourWords, type Markdown } from '../../contracts/core/markdown.ts';

/** The reason why a command is not carried out: the unclear part, and the choices. */
export class CommandRefusal extends Error {
  readonly text: Markdown;

  constructor(text: Markdown) {
    super(text);
    this.text = text;
  }
}

/** Enough to choose from. */
const MAX_CHOICES = 20;

/** One a line. */
export function choices(items: readonly Markdown[]): Markdown {
  const more = items.length - MAX_CHOICES;
  const shown = items.slice(0, MAX_CHOICES).map((item) => ourWords`- ${item}`);
  return joined([...shown, ...(more > 0 ? [ourWords`- and ${more} more`] : [])], '\n');
}
