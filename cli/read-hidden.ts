import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { CommandContext } from './context.ts';

/** One line that is not shown while it is typed; the first line of standard input where that is no terminal. */
export async function readHiddenLine(context: CommandContext, prompt: string): Promise<string> {
  const terminal = context.stdin.isTTY === true;
  if (terminal) context.stderr.write(`${prompt} (not shown): `);
  // In a terminal, readline echoes what is typed to its output; this one shows nothing.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: context.stdin, output, terminal, signal: context.signal });
  try {
    for await (const line of lines) return line;
  } finally {
    lines.close();
    if (terminal) context.stderr.write('\n');
  }
  return '';
}
