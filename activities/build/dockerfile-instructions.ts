/** A Dockerfile's instructions, as far as one has to read them before the engine does (docs.docker.com, "Dockerfile reference"). */

export interface Instruction {
  /** In capitals: `FROM`. */
  readonly name: string;
  /** The rest of its line, with the lines that continue it. */
  readonly rest: string;
  /** The line that it begins on, from 1. */
  readonly line: number;
}

const DIRECTIVE = /^#\s*([a-z]+)\s*=\s*(\S+)\s*$/i;

/** Comments and empty lines are left out, also between the lines of one instruction. */
export function instructionsOf(text: string): readonly Instruction[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const escape = escapeOf(lines);
  const found: Instruction[] = [];
  let open: { line: number; text: string } | undefined;
  for (const [index, line] of lines.entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const continues = line.trimEnd().endsWith(escape);
    const part = continues ? line.trimEnd().slice(0, -1) : line;
    open = open ? { ...open, text: open.text + part } : { line: index + 1, text: part };
    if (continues) continue;
    found.push(instruction(open));
    open = undefined;
  }
  return open ? [...found, instruction(open)] : found;
}

/** Directives stand before anything else. */
function escapeOf(lines: readonly string[]): string {
  for (const line of lines) {
    const [, key, value] = DIRECTIVE.exec(line) ?? [];
    if (key === undefined) break;
    if (key.toLowerCase() === 'escape' && value === '`') return value;
  }
  return '\\';
}

function instruction({ line, text }: { readonly line: number; readonly text: string }): Instruction {
  const [, name = '', rest = ''] = /^\s*(\S+)\s*([^]*)$/.exec(text) ?? [];
  return { name: name.toUpperCase(), rest: rest.trim(), line };
}

/** The flags in front of an instruction's arguments, `--from=x` as `['from', 'x']`, and what follows them. */
export function flagsOf(rest: string): {
  readonly flags: readonly (readonly [string, string])[];
  readonly args: string;
} {
  const flags: (readonly [string, string])[] = [];
  let args = rest;
  for (;;) {
    const [whole, name, value = ''] = /^--([a-z]+)(?:=(\S*))?(?:\s+|$)/i.exec(args) ?? [];
    if (whole === undefined || name === undefined) return { flags, args };
    flags.push([name.toLowerCase(), unquoted(value)]);
    args = args.slice(whole.length);
  }
}

export const unquoted = (text: string): string => text.replaceAll(/["']/g, '');
