/**
 * The first half of reading YAML that strangers wrote: text → document, with work in proportion to the text.
 *
 * A parser does little for most texts and very much for a few: it looks for equal keys pair by pair, unfolds aliases,
 * and describes every mistake. So the text is counted before anything is built, in one pass that ends at the first
 * limit. Pure: it also runs where there are no threads.
 */
import { Composer, CST, Lexer, LineCounter, Parser, type Document } from 'yaml';

/** One thing that is wrong, where a person finds it. Lines and columns count from 1. */
export interface YamlProblem {
  readonly line: number;
  readonly column: number;
  /** `environments.production.target`, or empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

export type YamlText =
  | { readonly ok: true; readonly document: Document; readonly lines: LineCounter }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] };

/** The most that is read: no settings are larger, and a YAML parser is no place for more. */
const MAX_BYTES = 256 * 1024;
/** Keys, values and punctuation. 50 services with all their settings take a third of it. */
const MAX_MARKS = 8_000;
/** With spaces, line ends and comments. */
const MAX_TOKENS = 40_000;
/** landfall.yaml is 7 levels deep. */
const MAX_DEPTH = 32;
/** Longer lists are read by no one. */
const MAX_PROBLEMS = 100;
const MAX_MESSAGE = 400;

/** A problem of the whole text. */
export const wholeText = (message: string): { readonly ok: false; readonly problems: readonly YamlProblem[] } => ({
  ok: false,
  problems: [{ line: 1, column: 1, path: '', message }],
});

/** The first 100 problems, with messages of a readable length; the last one says how many were left out. */
export function limitProblems<T>(found: readonly T[], problemOf: (one: T) => YamlProblem): readonly YamlProblem[] {
  const problems = found.slice(0, found.length > MAX_PROBLEMS ? MAX_PROBLEMS - 1 : MAX_PROBLEMS).map((one) => {
    const problem = problemOf(one);
    return { ...problem, path: cut(problem.path), message: cut(problem.message) };
  });
  const last = problems.at(-1);
  const more = found.length - problems.length;
  return last && more > 0 ? [...problems, { ...last, path: '', message: `and ${more} more problems` }] : problems;
}

const cut = (text: string): string => (text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text);

/** Parses one document of YAML 1.2. Equal keys, aliases and tags are left to the second half (yaml-tree.ts). */
export function parseYaml(text: string): YamlText {
  if (isTooLarge(text)) return wholeText('the file is larger than 256 KiB');
  // Bytes that are no UTF-8 have become this character on the way here, in values as well.
  const unreadable = text.indexOf('\uFFFD');
  if (unreadable !== -1) return refuse(text, unreadable, 'there are bytes here that are not UTF-8: save it as UTF-8');
  const beyond = beyondLimits(text);
  if (beyond) return refuse(text, beyond.offset, beyond.message);

  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const deep = tooDeep(tokens);
  if (deep) return refuse(text, deep.offset, TOO_DEEP);
  const options = { version: '1.2', schema: 'core', merge: false, uniqueKeys: false } as const;
  const [document, second] = new Composer(options).compose(tokens, true, text.length);
  if (!document) return wholeText('there is no document in it');
  if (document.errors.length > 0) {
    // The parser's own order is that of its steps, not of the lines.
    const found = [...document.errors].sort((one, other) => one.pos[0] - other.pos[0]);
    const problems = limitProblems(found, ({ pos, message }) => {
      const { line, col } = lines.linePos(pos[0]);
      return { line, column: col, path: '', message };
    });
    return { ok: false, problems };
  }
  if (second) return refuse(text, second.range[0], 'a second document begins here, and one is read: remove the "---"');
  if (document.directives.yaml.version !== '1.2') {
    return refuse(text, 0, 'it asks for another version of YAML than 1.2: remove the "%YAML" line');
  }
  return { ok: true, document, lines };
}

function refuse(text: string, offset: number, message: string): YamlText {
  const before = text.slice(0, offset).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  return { ok: false, problems: [{ line: before.length, column, path: '', message }] };
}

/** In UTF-8 a character takes one byte or more: a text of more characters need not be counted. */
const isTooLarge = (text: string): boolean =>
  text.length > MAX_BYTES || new TextEncoder().encode(text).length > MAX_BYTES;

const TOO_DEEP = `nested more than ${MAX_DEPTH} levels deep`;

/**
 * The place where the text leaves the limits, if it does. Nothing is built yet, and nothing behind that is looked at.
 */
function beyondLimits(text: string): { readonly offset: number; readonly message: string } | undefined {
  let [count, marks, depth, offset] = [0, 0, 0, 0];
  let isContent = false;
  for (const lexeme of new Lexer().lex(text)) {
    const type: string | null = isContent ? 'content' : CST.tokenType(lexeme);
    count += 1;
    if (!TRIVIA.has(type)) marks += 1;
    // Each escape may be a mistake of its own.
    if (type === 'double-quoted-scalar') marks += lexeme.split('\\', MAX_MARKS + 2).length - 1;
    if (type === 'flow-map-start' || type === 'flow-seq-start') depth += 1;
    else if (depth > 0 && (type === 'flow-map-end' || type === 'flow-seq-end')) depth -= 1;
    if (depth > MAX_DEPTH) return { offset, message: TOO_DEEP };
    if (marks > MAX_MARKS || count > MAX_TOKENS) {
      return { offset, message: `more than ${MAX_MARKS} keys, values and marks up to here: make it smaller` };
    }
    isContent = type === 'scalar';
    if (!CONTROL.has(type)) offset += lexeme.length;
  }
  return undefined;
}

/** Lexemes that stand for no text of the file: signs from the lexer to the parser. */
const CONTROL: ReadonlySet<string | null> = new Set(['doc-mode', 'flow-error-end', 'scalar']);
/** Tokens that are not counted: they cost little, and well-kept files hold many. `content` was counted as `scalar`. */
const TRIVIA: ReadonlySet<string | null> = new Set(['space', 'newline', 'comment', 'doc-mode', 'content']);

/** The first token below too many others. Without recursion: that is what it guards. */
function tooDeep(documents: readonly CST.Token[]): CST.Token | undefined {
  const left = documents.map((token) => ({ token, depth: 0 }));
  for (let next = left.pop(); next; next = left.pop()) {
    const { token, depth } = next;
    if (depth > MAX_DEPTH) return token;
    const inner =
      'items' in token ? token.items.flatMap(({ key, value }) => [key, value]) : 'value' in token ? [token.value] : [];
    for (const one of inner) if (one) left.push({ token: one, depth: depth + 1 });
  }
  return undefined;
}
