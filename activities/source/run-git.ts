/** Runs one git command against a remote repository and names what went wrong. */
import { failure } from '../../contracts/core/failures.ts';
import type { Secret } from '../../contracts/core/secret.ts';
import { CommandError, run, type ProcessResult } from '../exec.ts';
import { sourceFailure } from './failures.ts';
import { gitEnvironment } from './git.ts';

export interface GitCall {
  /** For messages: "Fetching commit abc". */
  readonly what: string;
  readonly url: string;
  readonly args: readonly string[];
  readonly signal: AbortSignal;
  readonly token?: Secret | undefined;
  /** Pins the connection: see `checkSource`. */
  readonly pin?: string | undefined;
  /** Exit codes that are an answer. 0 by default. */
  readonly answers?: readonly number[];
  /** In characters; see `run`. */
  readonly maxOutput?: number;
}

/** Checked again until git is new enough: older versions ignore the setting, and may be updated meanwhile. */
let canPin: Promise<boolean> | undefined;

async function pins(): Promise<boolean> {
  canPin ??= knowsPins();
  try {
    const can = await canPin;
    if (!can) canPin = undefined;
    return can;
  } catch (error) {
    canPin = undefined;
    // The command itself says that git is missing, in words.
    if (error instanceof CommandError && error.reason === 'missing') return true;
    throw error;
  }
}

/** `http.curloptResolve` (git 2.37, release notes). */
async function knowsPins(): Promise<boolean> {
  const asked = { file: 'git', args: ['version'], env: gitEnvironment('') };
  const { stdout } = await run(asked, { signal: AbortSignal.timeout(VERSION_MS), timeoutMs: VERSION_MS });
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(stdout) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 37);
}

const VERSION_MS = 10_000;
/** A large repository over a slow line; a stalled one is noticed much earlier. */
const GIT_MS = 10 * 60_000;

/**
 * @throws `SourceUnavailable` (retryable), `SourceRefused`, `CommitNotFound`, `DiskFull`, `UnsafeSource` for more output
 * than allowed, `Internal` when git is not installed; the signal's reason when aborted
 */
export async function runGit(call: GitCall): Promise<ProcessResult> {
  const { what, url, args, signal, token, pin, answers = [0], maxOutput } = call;
  if (pin !== undefined && !(await pins())) {
    throw failure(
      'Internal',
      `${what} needs git 2.37 or newer, which can be held to the address that was checked. Update it.`,
    );
  }
  const options = { signal, timeoutMs: GIT_MS, ...(maxOutput !== undefined && { maxOutput }) };
  const result = await run({ file: 'git', args, env: gitEnvironment(url, token, pin) }, options).catch(
    (error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      if (error.reason === 'missing') {
        throw failure('Internal', `${what} needs git, which is not installed on this host. Install it.`);
      }
      if (error.reason === 'output') {
        throw failure(
          'UnsafeSource',
          `${what} from ${url} failed: ${error.message}. Landfall reads no more than that.`,
        );
      }
      throw failure('SourceUnavailable', `${what} from ${url} failed: ${error.message}. It will be tried again.`);
    },
  );
  if (!answers.includes(result.exitCode)) throw sourceFailure(what, url, result.stderr, token);
  return result;
}
