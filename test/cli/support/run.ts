/** One command line, run in this process with streams of its own. */
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createContext, type CommandContext } from '../../../cli/context.ts';
import { runCommandLine } from '../../../cli/program.ts';
import { tempDir } from '../../support/tmp.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly home?: string;
  readonly stdin?: string;
  /** Standard input is a terminal. */
  readonly typed?: boolean;
  readonly tty?: boolean;
  /** The terminal's width. */
  readonly columns?: number;
  readonly signal?: AbortSignal;
}

export const landfall = (argv: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  ran((context) => runCommandLine(argv, context), options);

/** A command's work, without its command line. */
export async function ran(run: (context: CommandContext) => Promise<number>, options: RunOptions = {}): Promise<Ran> {
  const { env = {}, cwd = tempDir(), home = tempDir(), stdin = '', tty = false, typed = false, columns } = options;
  const [input, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  input.end(stdin);
  const read = Promise.all([text(stdout), text(stderr)]);
  const context = createContext({
    stdin: Object.assign(input, { isTTY: typed }),
    stdout: Object.assign(stdout, { isTTY: tty, ...(columns !== undefined && { columns }) }),
    stderr: Object.assign(stderr, { isTTY: tty }),
    env,
    cwd,
    home,
    signal: options.signal ?? new AbortController().signal,
  });
  const code = await run(context);
  stdout.end();
  stderr.end();
  const [out, err] = await read;
  return { code, stdout: out, stderr: err };
}
