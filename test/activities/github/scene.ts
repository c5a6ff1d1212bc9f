/** One stand-in for a test file: a repository with one commit, and the real client and activities in front of it. */
import { join } from 'node:path';
import { afterEach, expect } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createAppClient, type AppCredentials } from '../../../activities/github/app-client.ts';
import { createGitHubClient } from '../../../activities/github/client.ts';
import { createGitHubActivities } from '../../../activities/github/github.activities.ts';
import { readPrivateKey } from '../../../activities/github/private-key.ts';
import { createTokenBroker } from '../../../activities/github/token-broker.ts';
import type { GitHubOrigin } from '../../../contracts/config/service.ts';
import { failureOf } from '../../../contracts/core/failures.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { type AddedRepository, startGitHub } from '../../../stand-ins/github/start.ts';
import { createWorkCopy } from '../../../stand-ins/github/work-copy.ts';
import { tempDir } from '../../support/tmp.ts';

/** Expected failures are no news. */
const logger = new DefaultLogger('ERROR');
export const PUBLIC_URL = 'https://landfall.example';

/**
 * Call it once, at the top of the file. Every test ends with the check that both sides have kept to GitHub's own
 * description.
 */
export async function startScene() {
  const dir = tempDir();
  const github = await startGitHub({ dir: join(dir, 'github') });
  onCleanup(() => github.stop());
  const repository = await github.addRepository({ owner: 'acme', name: 'web' });
  const work = await createWorkCopy(join(dir, 'work'), repository.pushUrl);
  const commit = await work.commit({ 'landfall.yaml': 'version: 1\n' }, 'Begin\n\nWith a body.');
  await work.push();

  const credentials: AppCredentials = {
    apiUrl: github.url,
    appId: github.appId,
    privateKey: new Secret(github.privateKey),
  };
  const broker = createTokenBroker(credentials);
  const client = createGitHubClient({ apiUrl: github.url, broker });
  const app = createAppClient({ ...credentials, privateKey: readPrivateKey(credentials.privateKey) }, Date.now);

  afterEach(() => {
    github.clearFaults();
    github.setClock(0);
    const drift = github.drift();
    expect(drift).toEqual([]);
  });

  return {
    github,
    repository,
    work,
    commit,
    credentials,
    broker,
    client,
    app,
    origin: originOf(repository, 'acme/web'),
    activities: createGitHubActivities({ client, app, publicUrl: PUBLIC_URL }),
    /** The API calls that `work` causes, by GitHub's names for them. */
    callsOf: async (during: () => Promise<unknown>): Promise<string[]> => {
      const before = github.calls().length;
      await during();
      return github
        .calls()
        .slice(before)
        .map(({ operation }) => operation);
    },
  };
}

export function originOf(repository: AddedRepository, name: string): GitHubOrigin {
  const { id: repositoryId, installationId, cloneUrl } = repository;
  return { kind: 'github', repositoryId, repository: name, installationId, cloneUrl };
}

/** Runs `activity` as Temporal would, at its first attempt. */
export const asActivity = <R>(activity: () => Promise<R>): Promise<R> => attempt(1, activity);

/** Runs `activity` as Temporal would, at the given attempt. */
export async function attempt<R>(number: number, activity: () => Promise<R>): Promise<R> {
  return new MockActivityEnvironment({ attempt: number }, { logger }).run<[], R, typeof activity>(activity);
}

/** The failure of `work`; a test that expects a failure must not pass without one. */
export async function failureIn(work: Promise<unknown>) {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const known = failureOf(error);
  if (!known) throw new Error(`expected a failure of ours, got ${String(error)}`, { cause: error });
  const { nextRetryDelay, nonRetryable } = error as { nextRetryDelay?: number; nonRetryable?: boolean };
  return { type: known.type, message: known.message, nextRetryDelay, nonRetryable };
}
