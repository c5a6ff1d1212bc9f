/** A repository with two commits, behind a server of the test's own. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { SourceCredentials } from '../../../activities/source/credentials.port.ts';
import { failureOf } from '../../../contracts/core/failures.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { startGitServer } from '../../../stand-ins/git-server.ts';
import { tempDir } from '../../support/tmp.ts';
import { createRepository } from './repository.ts';

export const TOKEN = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
export const never = new AbortController().signal;
const cloneUrlOf: SourceCredentials['cloneUrlOf'] = async ({ cloneUrl }) => cloneUrl;
export const noToken: SourceCredentials = { tokenFor: async () => undefined, cloneUrlOf };
export const withToken = (token: string): SourceCredentials => ({
  tokenFor: async () => new Secret(token),
  cloneUrlOf,
});

export const root = tempDir();
export const repository = createRepository(root);
export const first = repository.commit({ 'file.txt': 'first', 'run.sh': { script: '#!/bin/sh\n' } }, 'first');
export const second = repository.commit({ 'file.txt': 'second' }, 'second');

type Intercept = (req: IncomingMessage, res: ServerResponse) => boolean | Promise<boolean>;

/** A server of the test's own, in front of the same repositories. */
export async function serve(options: { token?: string; intercept?: Intercept } = {}) {
  const { token, intercept } = options;
  const server = await startGitServer({
    root,
    ...(token !== undefined && { authorize: (given) => given?.user === 'x-access-token' && given.password === token }),
    ...(intercept && { intercept }),
  });
  onCleanup(() => server.stop());
  return { kind: 'git', cloneUrl: server.url + repository.path } as const;
}

export function folders() {
  const dir = tempDir();
  return { git: join(dir, 'git'), source: join(dir, 'source') };
}

export async function failing(work: Promise<unknown>) {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { type: failureOf(error)?.type, message: error instanceof Error ? error.message : '' };
}
