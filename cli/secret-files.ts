/** Secrets in files that Landfall itself knows by value only: DATABASE_URL_FILE holds what DATABASE_URL would. */
import { readFileSync } from 'node:fs';
import { CliError, codeOf } from './cli-error.ts';
import type { CommandContext } from './context.ts';

const BY_FILE = ['DATABASE_URL', 'TEMPORAL_API_KEY'] as const;

/**
 * @param name - the variable that would hold the value
 * @throws CliError when the file that is named for it cannot be read
 */
export function secretInFile(env: CommandContext['env'], name: string): string | undefined {
  const file = BY_FILE.some((one) => one === name) ? (env[`${name}_FILE`] ?? '') : '';
  if (file === '') return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const todo = `Correct ${name}_FILE, or set ${name}.`;
    throw new CliError(`Read ${file}`, codeOf(error) ?? 'it cannot be read', todo, { cause: error });
  }
}

/**
 * All that files are named for and that is not set itself, as variables.
 *
 * @throws CliError as {@link secretInFile}
 */
export function secretsInFiles(env: CommandContext['env']): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of BY_FILE) {
    const value = env[name] ? undefined : secretInFile(env, name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}
