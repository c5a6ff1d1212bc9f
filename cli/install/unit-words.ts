/** Words of a unit's file, quoted as systemd reads them (systemd.syntax(7), systemd.service(5)). */
import { CliError } from '../cli-error.ts';

/** Begins every unit that this program wrote, and no other. */
export const MARK = '# Written by `landfall install --system`, which replaces it.';

export const isOurUnit = (text: string): boolean => text.startsWith(MARK);

/**
 * `%` begins a specifier everywhere (systemd.unit(5)).
 *
 * @throws CliError for what a unit cannot hold
 */
export const path = (text: string): string => plain(text).replaceAll('%', '%%');

/** @throws CliError as {@link path} */
export function word(text: string): string {
  const escaped = path(text);
  return escaped.includes(' ') ? `"${escaped}"` : escaped;
}

/** `$` begins a variable in commands only. */
const argument = (text: string): string => word(text).replaceAll('$', '$$$$');

/**
 * A command line of `ExecStart=` and the like.
 *
 * @throws CliError as {@link path}
 */
export const commandLine = (command: readonly string[]): string => command.map(argument).join(' ');

function plain(text: string): string {
  if (/^[^\p{Cc}"'\\;]+$/u.test(text)) return text;
  throw new CliError(
    'Write the unit',
    `the path ${JSON.stringify(text)} holds what a unit does not (quotes, backslashes, semicolons or control characters)`,
    'Choose another one.',
  );
}
