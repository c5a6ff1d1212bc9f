/** `landfall serve`: API and workers alone, in this very process, as containers and supervisors want it. */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError, codeOf } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { dataDir, tokensFile } from '../data-dir.ts';
import { tuningOf } from '../runtime-tuning.ts';
import { secretsInFiles } from '../secret-files.ts';
import { ensureTokensFile } from '../up/access-token.ts';

const STANDALONE = fileURLToPath(new URL('../../workers/standalone.ts', import.meta.url));

/**
 * Becomes Landfall: this process's id and its signals are Landfall's from then on, so that one process is all there is.
 * The data folder is that of `landfall up`.
 *
 * @throws CliError when the data folder cannot be written, a named file cannot be read, or the switch of the tuning is
 *   set to what it does not know. It does not return.
 */
export async function becomeLandfall(context: CommandContext): Promise<never> {
  const { env } = context;
  const dir = dataDir(context);
  const data = join(dir, 'landfall');
  makeWritable(data);
  const tokens = env['LANDFALL_TOKENS_FILE'] || tokensFile(dir);
  if (!env['LANDFALL_TOKENS_FILE']) await ensureTokensFile(tokens);
  const tuning = tuningOf(env, join(data, 'cache', 'compiled'));
  const set = { ...tuning.env, ...env, ...secretsInFiles(env), LANDFALL_DATA_DIR: data, LANDFALL_TOKENS_FILE: tokens };
  if (process.execve === undefined) {
    throw new CliError('Serve Landfall', `${process.platform} has no execve(2)`, 'Use Linux, or `landfall up`.');
  }
  return process.execve(process.execPath, [process.execPath, ...tuning.args, STANDALONE], defined(set));
}

/** @throws CliError that says who has to be able to write it */
function makeWritable(dir: string): void {
  try {
    mkdirSync(dirname(dir), { recursive: true, mode: 0o700 });
    // By itself: of a read-only file system, mkdir with `recursive` says ENOENT.
    if (!existsSync(dir)) mkdirSync(dir, { mode: 0o700 });
    accessSync(dir, constants.W_OK);
  } catch (error) {
    throw new CliError(
      'Serve Landfall',
      `the data folder ${dir} cannot be written (${codeOf(error) ?? String(error)})`,
      `Mount a volume at ${dirname(dir)} that user ${String(process.getuid?.())} may write, or set LANDFALL_DATA_DIR to such a folder.`,
      { cause: error },
    );
  }
}

const defined = (set: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(set).filter((one): one is [string, string] => one[1] !== undefined));
