/** Text in comments and issues on GitHub, so that nothing in it is a link, a mention or the end of what is around it. */

/** In one line. */
export const code = (text: string): string => `\`${text.replaceAll(/[`\s\p{Cc}]+/gu, ' ').trim() || ' '}\``;

/** As it is, in as many lines as it has. */
export function fenced(text: string): string {
  const shown = text.replaceAll(/[^\P{Cc}\n\t]/gu, '').toWellFormed();
  const longest = Math.max(2, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${shown}\n${fence}`;
}
