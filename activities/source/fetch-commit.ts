/** Brings exactly one commit's files to a build folder. */
import { shortCommit } from '../../contracts/core/names.ts';
import { mkdir, rm } from 'node:fs/promises';
import { failureOf } from '../../contracts/core/failures.ts';
import type { Secret } from '../../contracts/core/secret.ts';
import type { SourceOrigin } from '../../contracts/config/service.ts';
import type { PrivateSources } from './addresses.ts';
import { checkCloneUrl, checkCommitId, checkSource } from './check-input.ts';
import type { SourceCredentials } from './credentials.port.ts';
import { checkoutArgs, fetchArgs, initArgs, type GitFolders } from './git.ts';
import { runGit } from './run-git.ts';

export interface FetchRequest {
  readonly origin: SourceOrigin;
  readonly commit: string;
  readonly folders: GitFolders;
  readonly credentials: SourceCredentials;
  readonly signal: AbortSignal;
  /** Private hosts that may be fetched from; this machine by default. */
  readonly privateSources?: PrivateSources | undefined;
}

/**
 * Discards anything that an earlier attempt left. The folders are absolute paths of ours. If a token is refused, it is
 * exchanged once and the repository's present address looked up.
 *
 * @throws `SourceUnavailable` (retryable), `SourceRefused`, `CommitNotFound`, `DiskFull`, `UnsafeSource` for a URL
 */
export async function fetchCommit(request: FetchRequest): Promise<void> {
  const { origin, commit, folders, credentials, signal, privateSources } = request;
  const pin = await checkSource(origin, privateSources);
  checkCommitId(commit);
  for (const folder of [folders.git, folders.source]) await startOver(folder);

  const short = shortCommit(commit);
  const local = { url: origin.cloneUrl, signal };
  await runGit({ ...local, what: 'Preparing the fetch', args: initArgs(folders.git, commit) });
  await withAccess(origin, credentials, signal, (url, token) =>
    runGit({ url, signal, token, pin, what: `Fetching commit ${short}`, args: fetchArgs(folders.git, url, commit) }),
  );
  await runGit({ ...local, what: `Checking out commit ${short}`, args: checkoutArgs(folders, commit) });
}

/** A cached token may have been revoked a moment ago, and a repository renamed; a second refusal is meant. */
async function withAccess<T>(
  origin: SourceOrigin,
  credentials: SourceCredentials,
  signal: AbortSignal,
  work: (url: string, token: Secret | undefined) => Promise<T>,
): Promise<T> {
  const token = await credentials.tokenFor(origin, signal);
  try {
    return await work(origin.cloneUrl, token);
  } catch (error) {
    if (token === undefined || failureOf(error)?.type !== 'SourceRefused') throw error;
    const url = await credentials.cloneUrlOf(origin, signal);
    checkCloneUrl(url);
    return work(url, await credentials.tokenFor(origin, signal, token));
  }
}

/** A process of a killed attempt may still be writing for a moment, hence the retries. */
async function startOver(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  await mkdir(folder, { recursive: true });
}
