/** Runs one git command against a remote repository and names what went wrong. */
import { failure } from '../../contracts/failures.ts';
import type { Secret } from '../../contracts/secret.ts';
import { CommandError, run, type CommandResult } from '../exec.ts';
import { sourceFailure } from './failures.ts';
import { gitEnvironment } from './git.ts';

export interface GitCall {
  /** For messages: "Fetching commit abc". */
  readonly what: string;
  readonly url: string;
  readonly args: readonly string[];
  readonly signal: AbortSignal;
  readonly token?: Secret | undefined;
  /** Exit codes that are an answer. 0 by default. */
  readonly answers?: readonly number[];
}

/** A large repository over a slow line; a stalled one is noticed much earlier. */
const GIT_MS = 10 * 60_000;

/**
 * @throws `SourceUnavailable` (retryable), `SourceRefused`, `CommitNotFound`, `DiskFull`, `Internal` when git is not
 * installed; the signal's reason when aborted
 */
export async function runGit(call: GitCall): Promise<CommandResult> {
  const { what, url, args, signal, token, answers = [0] } = call;
  const result = await run({ file: 'git', args, env: gitEnvironment(url, token) }, { signal, timeoutMs: GIT_MS }).catch(
    (error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      if (error.reason === 'missing') {
        throw failure('Internal', `${what} needs git, which is not installed on this host. Install it.`);
      }
      throw failure('SourceUnavailable', `${what} from ${url} failed: ${error.message}. It will be tried again.`);
    },
  );
  if (!answers.includes(result.exitCode)) throw sourceFailure(what, url, result.stderr, token);
  return result;
}
