/** The demo's narrator: calm, one line for each event, with the time since the act began. */
import type { CommandContext } from '../context.ts';
import { paint, progress } from '../context.ts';
import { plainText } from '../show/plain.ts';
import { formatDuration } from '../../contracts/core/duration.ts';

export interface Narrator {
  title(text: string): void;
  /** A paragraph of the frame around the acts. */
  say(text: string): void;
  /** One part of the stage that stands now. */
  piece(name: string, where: string, tookMs: number): void;
  /** Begins an act; the lines that follow tell the time since. */
  act(title: string, about: string): void;
  event(text: string): void;
}

export function createNarrator(context: CommandContext): Narrator {
  const colour = (format: Parameters<typeof paint>[2], text: string) => paint(context, 'stderr', format, text);
  let began = performance.now();
  return {
    title: (text) => progress(context, `\n${colour('bold', text)}`),
    say: (text) => progress(context, colour('dim', `  ${text}`)),
    piece: (name, where, tookMs) =>
      progress(context, `  ${name.padEnd(10)}${formatDuration(tookMs).padStart(7)}  ${colour('dim', where)}`),
    act: (title, about) => {
      progress(context, `\n${colour('bold', title)}\n${colour('dim', `  ${about}`)}`);
      began = performance.now();
    },
    event: (text) =>
      progress(context, `${colour('cyan', formatDuration(performance.now() - began).padStart(9))}  ${plainText(text)}`),
  };
}
