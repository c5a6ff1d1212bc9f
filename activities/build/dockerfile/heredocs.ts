/**
 * Here-documents, as Podman 4.8 and later read them (openshift/imagebuilder, dockerfile/parser; docs.docker.com,
 * "Here-Documents"): `RUN <<EOF`, up to the line `EOF`. A text that versions of the engine read in two ways is refused.
 */
import { readInstruction, type Instruction } from './instructions.ts';
import { refuse } from './refuse.ts';
import { jsonOf } from '../../../contracts/core/json.ts';

interface Heredoc {
  readonly end: string;
  /** `<<-`: tabs before its end count for nothing. */
  readonly indented: boolean;
}

const MAY_HAVE: ReadonlySet<string> = new Set(['ADD', 'COPY', 'RUN', 'ONBUILD']);
/** At the start of a word, also where a variable may be nothing. In a shell's `<<<` and in quotes there is none; quotes are looked at later. */
const CANDIDATE = /(?:^|[^!-|~])\d*<<(?!<)/;

/**
 * The text with empty lines in place of what stands in here-documents: no line of those is an instruction. Line numbers stay.
 *
 * @throws `UnsafeSource` for a here-document that has no end, or that cannot be read with certainty
 */
export function withoutHeredocs(text: string): string {
  if (!text.includes('<<')) return text;
  const lines = text.split('\n');
  const twice = lines.findIndex((line) => line.endsWith('\r\r'));
  if (twice >= 0) throw refuse(twice + 1, 'the line has two ends', 'Save the file with plain line ends.');
  const read = readInstruction(text);
  const ends = new Set(lines.map((line) => line.trim()));
  for (let at = 0; at < lines.length;) {
    const { instruction, next } = read(at);
    at = next;
    for (const heredoc of instruction ? heredocsOf(instruction, ends) : []) {
      let end = at;
      while (end < lines.length && !isEnd(lines[end] ?? '', heredoc)) end += 1;
      if (end === lines.length) {
        const { line = 1 } = instruction ?? {};
        throw refuse(
          line,
          `the here-document <<${heredoc.end} has no end`,
          `Write ${heredoc.end} on a line of its own.`,
        );
      }
      lines.fill('', at, end + 1);
      at = end + 1;
    }
  }
  return lines.join('\n');
}

function isEnd(line: string, { end, indented }: Heredoc): boolean {
  const bare = line.replace(/\r$/, '');
  return (indented ? bare.replace(/^\t+/, '') : bare) === end;
}

/** @param ends - all lines of the file that could end one */
function heredocsOf({ keyword, flags, rest, line }: Instruction, ends: ReadonlySet<string>): readonly Heredoc[] {
  const text = [...flags, rest].join(' ');
  if (!MAY_HAVE.has(keyword) || !CANDIDATE.test(text)) return [];
  const doubt = () =>
    refuse(
      line,
      'the here-document cannot be read with certainty',
      'Write its word as <<EOF, and beside it no open quotes and no ${NAME:-…}.',
    );
  const args = rest.replace(/^(?:--\S+[\t-\r ]+)*/, '');
  if (args.startsWith('[')) {
    // The engine reads a list and lets go of what follows it.
    if (isList(args)) return [];
    throw doubt();
  }
  const words = wordsOf(text);
  if (words === undefined) throw doubt();
  const found = words.flatMap((word, index): readonly Heredoc[] => {
    const [, dash, tail = ''] = /^\d*<<(-?)([^<]*)$/.exec(word) ?? [];
    if (dash === undefined) return [];
    if (tail === '') {
      // Newer engines take the next word.
      if (ends.has((words[index + 1] ?? '').replaceAll(/["'\\]|^\d*<<-?/g, ''))) throw doubt();
      return [];
    }
    const end = /^(["']?)(\w[\w.-]*)\1$/.exec(tail)?.[2];
    if (end === undefined) throw doubt();
    return [{ end, indented: dash === '-' }];
  });
  if (found.length > 0 && keyword === 'ONBUILD')
    throw refuse(line, 'ONBUILD has a here-document', 'Write the step in one line.');
  return found;
}

/** Words with their quotes. `undefined` when readers differ: open quotes, and variables with more than a name in braces. */
function wordsOf(text: string): readonly string[] | undefined {
  if (/\$\{(?!\w+\})|[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/.test(text)) return undefined;
  const words = text.match(/(?:\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"|[^\t-\r '"\\])+/g) ?? [];
  const read = words.reduce((sum, word) => sum + word.length, 0);
  const blanks = text.match(/[\t-\r ]/g)?.length ?? 0;
  const quoted = words.reduce((sum, word) => sum + (word.match(/[\t-\r ]/g)?.length ?? 0), 0);
  return read + blanks - quoted === text.length ? words : undefined;
}

const isList = (text: string): boolean => Array.isArray(jsonOf(text));
