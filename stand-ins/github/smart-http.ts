/** Git over HTTP, as GitHub lets people and installation tokens in. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { type BasicCredentials, basicCredentials, gitHttpBackend, refuseGit } from '../git-server.ts';
import { findToken, permits, reaches } from './auth.ts';
import { tellPush } from './push.ts';
import { type Repository, type State, findRepository, fullName } from './state.ts';
import type { Webhooks } from './webhooks.ts';

const GIT_PATH = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

export interface GitRequest {
  readonly owner: string;
  readonly name: string;
  /** The rest of the path after the repository: `info/refs` … */
  readonly rest: string;
  readonly service: 'upload-pack' | 'receive-pack';
}

/** The git request in this URL; `undefined` when it is not git's. */
export function gitRequest(url: URL): GitRequest | undefined {
  const [, owner, name, rest] = GIT_PATH.exec(url.pathname) ?? [];
  if (owner === undefined || name === undefined || rest === undefined) return undefined;
  const asked = rest === 'info/refs' ? url.searchParams.get('service') : rest;
  return { owner, name, rest, service: asked === 'git-receive-pack' ? 'receive-pack' : 'upload-pack' };
}

/** Serves one request of git, and tells of what a push changed. */
export async function answerGit(
  { state, webhooks }: { readonly state: State; readonly webhooks: Webhooks },
  { owner, name, rest, service }: GitRequest,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const { repository, moved } = findRepository(state, owner, name) ?? {};
  const who = repository && admit(state, repository, service, basicCredentials(req));
  if (repository === undefined || who === undefined) {
    refuseGit(res);
    return;
  }
  const { search } = new URL(req.url ?? '/', state.url);
  if (moved) {
    res.writeHead(301, { location: `${state.url}/${fullName(repository)}.git/${rest}${search}` }).end();
    return;
  }
  // On disk a repository is named by its id, so that a rename moves nothing.
  req.url = `/${repository.id}.git/${rest}${search}`;
  await gitHttpBackend(req, res, { root: dirname(repository.path), user: who });
  if (rest === 'git-receive-pack') await tellPush(state, webhooks, repository, who);
}

/** The user, if the credentials suffice. A private repository does not even show that it exists. */
function admit(
  state: State,
  repository: Repository,
  service: GitRequest['service'],
  credentials: BasicCredentials | undefined,
): string | undefined {
  if (!credentials) return service === 'upload-pack' && !repository.private ? 'anonymous' : undefined;
  if (credentials.user !== 'x-access-token') {
    return state.users.get(credentials.user) === credentials.password ? credentials.user : undefined;
  }
  try {
    const token = findToken(state, credentials.password);
    const level = service === 'upload-pack' ? 'read' : 'write';
    const admitted = reaches(state, token, repository) && permits(token.permissions, ['contents', level]);
    return admitted ? `${state.appSlug}[bot]` : undefined;
  } catch {
    return undefined;
  }
}
