import { createInterface } from 'node:readline/promises';
import type { CommandContext } from './context.ts';

/** One line that a person types in answer to a question; Ctrl-C ends the wait. */
export async function askLine(context: CommandContext, question: string): Promise<string> {
  const terminal = createInterface({ input: context.stdin, output: context.stderr });
  try {
    return (await terminal.question(question, { signal: context.signal })).trim();
  } finally {
    terminal.close();
  }
}
