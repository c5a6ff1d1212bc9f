/**
 * Text of others in what GitHub shows as Markdown: check runs, comments, issues. Nothing in it becomes a link, a picture,
 * a mention, or the end of what is around it.
 */

/** Marks that turn the direction of what follows, so that it reads as something else. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;

/** GitHub makes a link of it without being asked. */
const ADDRESS = /:\/\/|www\./i;

/** One line without control characters, as titles and descriptions are, which GitHub shows as they are. */
export const oneLine = (text: string): string =>
  text
    .replaceAll(TURNS, '')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .toWellFormed();

/** In one line. */
export const code = (text: string): string => `\`${oneLine(text.replaceAll('`', ' ')) || ' '}\``;

/** In one line, and as {@link code} only where something in it could mean something. */
export const inline = (text: string): string =>
  /^[\p{L}\p{N} ,.:()/+-]*$/u.test(text) && !ADDRESS.test(text) ? text : code(text);

/** As it is, in as many lines as it has. */
export function fenced(text: string): string {
  const shown = text
    .replaceAll(TURNS, '')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '')
    .toWellFormed();
  let longest = 2;
  for (const [run] of shown.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${shown}\n${fence}`;
}

/** A sentence as it is, unless something in it could mean something: then {@link fenced}. */
export const sentence = (text: string): string =>
  /[`<>[\]!\\@*#|\p{Cc}]/u.test(text) || ADDRESS.test(text) ? fenced(text) : text.toWellFormed();
