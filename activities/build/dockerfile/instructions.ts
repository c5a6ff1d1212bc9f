/** Reads a Dockerfile as Podman's builder does (openshift/imagebuilder, dockerfile/parser), as far as the checks need it. */
import { refuse } from './refuse.ts';

export interface Instruction {
  /** In capitals: `RUN`. */
  readonly keyword: string;
  /** `--mount=…`, as written. Only FROM and RUN have flags; for other instructions they are in `rest`. */
  readonly flags: readonly string[];
  /** The text after the flags. */
  readonly rest: string;
  /** Counted from 1. */
  readonly line: number;
  /** The number of its lines in the file. */
  readonly lines: number;
}

/** Go's `unicode.IsSpace`: the builder trims all of it from the front of a line. */
const LEADING = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;
const ESCAPE = /^#[ \t]*escape[ \t]*=[ \t]*(.)/i;
/** Longer lines end the builder's own reading without a word. */
const MAX_LINE = 65_000;
const MAX_BYTES = 1_000_000;

/**
 * @param content - the file's bytes
 * @returns the text, for {@link instructionsOf}
 * @throws `UnsafeSource` for bytes that two readers could read in two ways
 */
export function decodeDockerfile(content: Uint8Array): string {
  if (content.byteLength > MAX_BYTES) throw refuse(1, 'the file is larger than 1 MB', 'Make it shorter.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw refuse(1, 'the file is not UTF-8', 'Save it as UTF-8.');
  }
}

/**
 * All instructions, in order. A text with here-documents, which only newer engines know, is read in both ways: each of
 * its lines counts as an instruction too (`inDoubt`). For an engine that knows them, see `withoutHeredocs`.
 *
 * @throws `UnsafeSource` for what cannot be read with certainty
 */
export function instructionsOf(text: string): {
  readonly certain: readonly Instruction[];
  readonly inDoubt: readonly Instruction[];
} {
  const lines = linesOf(text);
  const read = readInstruction(text);
  const certain: Instruction[] = [];
  for (let at = 0; at < lines.length;) {
    const { instruction, next } = read(at);
    if (instruction) certain.push(instruction);
    at = next;
  }
  if (!text.includes('<<')) return { certain, inDoubt: [] };
  const each = lines.map((_, at) => read(at, KNOWN).instruction);
  return { certain, inDoubt: each.filter((one) => one !== undefined) };
}

/** An instruction, and the line where the next one could begin. */
interface Read {
  /** None in an empty line. */
  readonly instruction: Instruction | undefined;
  readonly next: number;
}

/**
 * @returns a reader of the instruction at a line, counted from 0; with `only`, no others
 * @throws `UnsafeSource`, and so does the reader
 */
export function readInstruction(text: string): (at: number, only?: ReadonlySet<string>) => Read {
  const lines = linesOf(text);
  const long = lines.findIndex((line) => line.length > MAX_LINE);
  if (long >= 0) throw refuse(long + 1, 'the line is too long', 'Break it with a backslash.');
  const escape = escapeOf(lines);
  return (at, only) => instructionAt(lines, at, escape, only);
}

const linesOf = (text: string): readonly string[] => text.split('\n').map((line) => line.replace(/\r$/, ''));

const KNOWN: ReadonlySet<string> = new Set(['ADD', 'COPY', 'FROM', 'ONBUILD', 'RUN']);

/** Instructions that a base image brings along (`ONBUILD`). */
export function triggersOf(onBuild: readonly string[]): readonly Instruction[] {
  return onBuild.flatMap((text) => {
    const { certain, inDoubt } = instructionsOf(text);
    return [...certain, ...inDoubt];
  });
}

function escapeOf(lines: readonly string[]): string {
  const at = lines.findIndex((line) => ESCAPE.test(line.replace(LEADING, '').replace(/^\uFEFF/, '')));
  if (at < 0) return '\\';
  const escape = ESCAPE.exec(lines[at]?.replace(/^\uFEFF/, '') ?? '')?.[1];
  if (at === 0 && (escape === '\\' || escape === '`')) return escape;
  throw refuse(
    at + 1,
    'the escape directive cannot be read with certainty',
    'Put it in the first line, or leave it out.',
  );
}

function instructionAt(lines: readonly string[], start: number, escape: string, only?: ReadonlySet<string>): Read {
  const continues = escape === '`' ? /`[ \t]*$/ : /\\[ \t]*$/;
  const first = start === 0 ? (lines[0] ?? '').replace(/^\uFEFF/, '') : (lines[start] ?? '');
  let text = first.replace(LEADING, '').replace(/^#.*$/s, '');
  let next = start + 1;
  let open = continues.test(text);
  text = text.replace(continues, '');
  while (open && next < lines.length) {
    const line = lines[next] ?? '';
    next += 1;
    if (/^(?:#.*)?$/s.test(line.replace(LEADING, ''))) continue;
    const added = line.replace(/^#.*$/s, '');
    open = continues.test(added);
    text += added.replace(continues, '');
  }
  const [, word = '', tail = ''] = /^([^\t\v\f\r ]*)(.*)$/s.exec(text.trim()) ?? [];
  const keyword = word.toUpperCase();
  if (word === '' || (only && !only.has(keyword))) return { instruction: undefined, next };
  // Other letters may fold into ours in another reader.
  if (!/^[!-~]+$/.test(word))
    throw refuse(start + 1, `${JSON.stringify(word.slice(0, 40))} is not an instruction`, 'Correct it.');
  // Options of COPY and ADD are people's names and rights, with variables in them: check.ts looks at the whole text.
  const parts = OPTIONS_COUNT.has(keyword) ? flagsOf(tail, start + 1) : { flags: [], rest: tail.trim() };
  return { instruction: { keyword, ...parts, line: start + 1, lines: next - start }, next };
}

const OPTIONS_COUNT: ReadonlySet<string> = new Set(['FROM', 'RUN']);

const BLANK = /^[\t\v\f\r ]*/;
/** Nothing that the builder would unquote. */
const PLAIN_FLAG = /^--[a-z][a-z-]*(?:=[!#$%&()*+,./0-9:;<=>?@A-Z[\]^_a-z{|}~-]*)?(?=[\t\v\f\r ]|$)/;

function flagsOf(tail: string, line: number): Pick<Instruction, 'flags' | 'rest'> {
  const flags: string[] = [];
  let rest = tail.replace(BLANK, '');
  while (rest.startsWith('--')) {
    const flag = PLAIN_FLAG.exec(rest)?.[0];
    if (flag === undefined) {
      throw refuse(
        line,
        'the options cannot be read with certainty',
        'Write each as --name=value, without quotes and backslashes.',
      );
    }
    flags.push(flag);
    rest = rest.slice(flag.length).replace(BLANK, '');
  }
  return { flags, rest };
}
