import type { GitHubOrigin } from '../../../contracts/config/service.ts';
import { gitHubId } from '../../../contracts/core/github-id-fields.ts';
import { z } from 'zod';
import type { Trial } from './app.ts';
import { readMetadata } from '../every-repository.ts';
import type { Installation } from './installation.ts';

export interface KnownRepository {
  readonly origin: GitHubOrigin;
  readonly defaultBranch: string;
  /** Its page. */
  readonly url: string;
}

const Answer = z.object({
  id: gitHubId,
  full_name: z.string(),
  default_branch: z.string(),
  html_url: z.string(),
  clone_url: z.string(),
});

/** Reads id and default branch of a repository that the installation includes. */
export async function readRepository(
  { gitHub, signal }: Trial,
  installation: Installation,
  repository: string,
): Promise<KnownRepository> {
  const [owner = '', repo = ''] = repository.split('/');
  const call = { installationId: installation.id, what: `Reading ${repository}`, answer: Answer, signal };
  const found = await readMetadata(gitHub, call, (github) => github.rest.repos.get({ owner, repo }));
  return {
    origin: {
      kind: 'github',
      repositoryId: found.id,
      repository: found.full_name,
      installationId: installation.id,
      cloneUrl: found.clone_url,
    },
    defaultBranch: found.default_branch,
    url: found.html_url,
  };
}

/** The tokens that Landfall works with, one for each kind of work. */
const SCOPES = [{ contents: 'read' }, { deployments: 'write' }, { checks: 'write' }] as const;

/** Exchanges for the tokens that a deployment of this repository would use. */
export async function exchange(trial: Trial, installation: Installation, repository: string): Promise<KnownRepository> {
  const { gitHub, steps, signal } = trial;
  return steps.run('token', async () => {
    const known = await readRepository(trial, installation, repository);
    const { installationId, repositoryId, repository: name } = known.origin;
    for (const permissions of SCOPES) await gitHub.broker.token({ installationId, repositoryId, permissions }, signal);
    return { value: known, detail: `${SCOPES.length} tokens for ${name} alone, each for one kind of work` };
  });
}
