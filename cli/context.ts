/** The parts of its process that a command may touch. */
import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';
import { ExitCode } from './exit-codes.ts';

export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

export interface CommandContext extends Streams {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /**
   * `--json`: stdout holds JSON only, one document a line, so that it can be read while the command goes on. Set before
   * a command runs.
   */
  json: boolean;
  /** The command as a person typed it, without values of variables: errors begin with it. Set before a command runs. */
  wanted: string;
  /** The process's exit code. */
  exitCode: ExitCode;
}

export function createContext(given: Omit<CommandContext, 'json' | 'wanted' | 'exitCode'>): CommandContext {
  return { ...given, json: false, wanted: 'landfall', exitCode: ExitCode.ok };
}

type Format = Parameters<typeof styleText>[0];

/** Colours and weights, where the stream is a terminal and NO_COLOR (no-color.org) is not set. */
export function paint(context: CommandContext, stream: 'stdout' | 'stderr', format: Format, text: string): string {
  const colours = context[stream].isTTY === true && (context.env['NO_COLOR'] ?? '') === '';
  return colours ? styleText(format, text, { validateStream: false }) : text;
}

/** Reports progress to people on stderr, so that stdout holds only the result. */
export function progress(context: CommandContext, line: string): void {
  context.stderr.write(`${line}\n`);
}

/** The command's result: the document with `--json`, on one line; the text otherwise. */
export function printResult(context: CommandContext, document: unknown, text: string): void {
  const shown = context.json ? JSON.stringify(document) : text;
  context.stdout.write(shown === '' ? '' : `${shown}\n`);
}
