/**
 * Text of others in what GitHub shows as Markdown: check runs, comments, issues. Nothing in it becomes a link, a picture,
 * a mention, or the end of what is around it. The types see to that: what is written to GitHub (activities/github/octokit.ts)
 * takes {@link Markdown} and {@link Line}, which only the functions below make.
 */

declare const READ_AS_MARKDOWN: unique symbol;
/** Text that GitHub reads as Markdown. */
export type Markdown = string & { readonly [READ_AS_MARKDOWN]: true };

declare const SHOWN_AS_IT_IS: unique symbol;
/** Text that GitHub shows in one line as it is: titles, descriptions. */
export type Line = string & { readonly [SHOWN_AS_IT_IS]: true };

/** Marks that turn the direction of what follows, so that it reads as something else. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;

/** GitHub makes a link of such text by itself. */
const ADDRESS = /:\/\/|www\./i;

/** One line without control characters, as titles and descriptions are, which GitHub shows as they are. */
export const oneLine = (text: string): Line => lineOf(text) as Line;

const lineOf = (text: string): string =>
  text
    .replaceAll(TURNS, '')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .toWellFormed();

/** In one line. */
export const code = (text: string): Markdown => `\`${lineOf(text.replaceAll('`', ' ')) || ' '}\`` as Markdown;

/** In one line, and as {@link code} only where something in it could mean something. */
export const inline = (text: string): Markdown =>
  /^[\p{L}\p{N} ,.:()/+-]*$/u.test(text) && !ADDRESS.test(text) ? (text as Markdown) : code(text);

/** The text unchanged, in as many lines as it has. */
export function fenced(text: string): Markdown {
  const shown = text
    .replaceAll(TURNS, '')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '')
    .toWellFormed();
  let longest = 2;
  for (const [run] of shown.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${shown}\n${fence}` as Markdown;
}

const meansSomething = (text: string): boolean => /[`<>[\]!\\@*#|\p{Cc}]/u.test(text) || ADDRESS.test(text);

/** A sentence as it is, unless something in it could mean something: then {@link fenced}. */
export const sentence = (text: string): Markdown =>
  meansSomething(text) ? fenced(text) : (text.toWellFormed() as Markdown);

/** Like {@link sentence}, among other words: then {@link code}. */
export const phrase = (text: string): Markdown =>
  meansSomething(text) ? code(text) : (text.toWellFormed() as Markdown);

/** The type of a template with others' text in it, so that it does not compile where Markdown is wanted. */
interface NotMarkdown {
  readonly because: 'a text of others is in it: show it by code(), inline(), fenced() or sentence()';
}

/**
 * Our own words, which are Markdown as they stand, around what is Markdown already, numbers, and words that their type
 * names one by one.
 */
export const ourWords = <const Values extends readonly (string | number)[]>(
  words: readonly string[],
  ...values: Values
) =>
  words
    .map((text, index) => `${text}${String(values[index] ?? '')}`)
    .join('') as unknown as string extends Values[number] ? NotMarkdown : Markdown;

export const joined = (
  parts: readonly Markdown[],
  between: ' ' | '\n' | '\n\n' | ', ' | '; ' | ' and ' | '<br>',
): Markdown => parts.join(between) as Markdown;

/** @param address - begins with `/` for one of our pages, where a reply is written */
export const link = (shown: Markdown, address: string): Markdown =>
  `[${shown}](${lineOf(address).replaceAll(/[\s()<>[\]\\`|]/g, (mark) => `%${mark.charCodeAt(0).toString(16).padStart(2, '0')}`)})` as Markdown;

/** A table's rows, its head first; a row that has fewer cells is filled up. */
export function table(head: readonly Markdown[], rows: readonly (readonly Markdown[])[]): Markdown {
  const cell = (text: string) => (text === '' ? ' ' : ` ${lineOf(text).replaceAll('|', String.raw`\|`)} `);
  const line = (cells: readonly string[]) => `|${head.map((_, index) => cell(cells[index] ?? '')).join('|')}|`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n') as Markdown;
}

/** For what only hides or shortens: everything of others' in it stays where it is. */
export const changed = (markdown: Markdown, change: (text: string) => string): Markdown => change(markdown) as Markdown;
