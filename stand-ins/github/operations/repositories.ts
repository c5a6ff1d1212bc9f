import { type Needs, reaches } from '../auth.ts';
import { GitHubError } from '../errors.ts';
import {
  type ChangedFile,
  type Commit,
  entryAt,
  readBlob,
  readChangedFiles,
  readCommits,
  readRefs,
  resolveCommit,
} from '../git.ts';
import { fullRepository, repositoryUrl, user } from '../payloads.ts';
import { type Repository, type State, fullName, timestamp } from '../state.ts';
import type { Models } from './operation.ts';
import { page } from './page.ts';

const METADATA: Needs = ['metadata', 'read'];
const CONTENTS: Needs = ['contents', 'read'];
/** Above this GitHub leaves `content` empty and says `encoding: none`. */
const MAX_INLINE_BYTES = 1024 * 1024;
/** Under "Actions" in GitHub's list of the permissions that Apps need, not under "Environments". */
const ACTIONS: Needs = ['actions', 'read'];
const ADMINISTRATION: Needs = ['administration', 'write'];
const SYMLINK = '120000';
/** No more of them are listed, however many there are. */
const MAX_COMPARED_FILES = 300;

/** GitHub makes an environment of every name that is deployed to, and keeps it when the deployments are deleted. */
function environmentsOf(state: State, repository: Repository) {
  const theirs = [...(state.environments.get(repository.id) ?? [])].sort(([one], [other]) => (one < other ? -1 : 1));
  return theirs.map(([name, first]) => {
    const at = timestamp(first);
    const self = `${repositoryUrl(state, repository)}/environments/${encodeURIComponent(name)}`;
    return { id: first, node_id: `EN_${name}`, name, url: self, html_url: self, created_at: at, updated_at: at };
  });
}

export const repositories: Models = {
  'repos/get': {
    needs: METADATA,
    answer: ({ state, repository }) => ({ status: 200, body: fullRepository(state, repository) }),
  },

  'apps/list-repos-accessible-to-installation': {
    needs: METADATA,
    answer: ({ state, caller, query }) => {
      const reached = [...state.repositories.values()].filter(
        (each) => caller.kind === 'installation' && reaches(state, caller.token, each),
      );
      const { items, headers } = page(reached, query, `${state.url}/installation/repositories`);
      const body = { total_count: reached.length, repositories: items.map((each) => fullRepository(state, each)) };
      return { status: 200, headers, body };
    },
  },

  'repos/get-branch': {
    needs: CONTENTS,
    answer: async ({ state, repository, params }) => {
      const sha = (await resolveCommit(repository.path, `heads/${params.branch}`)) ?? notFound('Branch not found');
      const self = `${repositoryUrl(state, repository)}/branches/${params.branch}`;
      return {
        status: 200,
        body: {
          name: params.branch,
          commit: commitPayload(state, repository, await commit(repository, sha)),
          _links: { self, html: `${state.url}/${fullName(repository)}/tree/${params.branch}` },
          protected: false,
          protection: { enabled: false },
          protection_url: `${self}/protection`,
        },
      };
    },
  },

  'git/get-ref': {
    needs: CONTENTS,
    answer: async ({ state, repository, params }) => {
      const sha = (await resolveCommit(repository.path, params.ref)) ?? notFound();
      const url = `${repositoryUrl(state, repository)}/git`;
      return {
        status: 200,
        body: {
          ref: `refs/${params.ref}`,
          node_id: `REF_${sha}`,
          url: `${url}/refs/${params.ref}`,
          object: { type: 'commit', sha, url: `${url}/commits/${sha}` },
        },
      };
    },
  },

  'git/get-commit': {
    needs: CONTENTS,
    answer: async ({ state, repository, params }) => {
      const sha = (await resolveCommit(repository.path, params.commit_sha)) ?? notFound();
      const { message, author, committer, tree, parents } = await commit(repository, sha);
      const url = `${repositoryUrl(state, repository)}/git`;
      const html = `${state.url}/${fullName(repository)}/commit`;
      const links = (id: string) => ({ sha: id, url: `${url}/commits/${id}`, html_url: `${html}/${id}` });
      const verification = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };
      return {
        status: 200,
        body: {
          ...links(sha),
          node_id: `C_${sha}`,
          author,
          committer,
          message,
          tree: { sha: tree, url: `${url}/trees/${tree}` },
          parents: parents.map(links),
          verification,
        },
      };
    },
  },

  'repos/get-commit': {
    needs: CONTENTS,
    answer: async ({ state, repository, params }) => {
      const sha = await resolveCommit(repository.path, params.ref);
      if (sha === undefined) {
        const empty = (await readRefs(repository.path)).size === 0;
        if (empty) throw new GitHubError(409, 'Git Repository is empty.');
        throw new GitHubError(422, `No commit found for SHA: ${params.ref}`);
      }
      return { status: 200, body: commitPayload(state, repository, await commit(repository, sha)) };
    },
  },

  'repos/compare-commits-with-basehead': {
    needs: CONTENTS,
    answer: async ({ state, repository, params, query }) => {
      const [base = '', head = ''] = params.basehead.split('...');
      const [from, to] = await Promise.all([base, head].map((ref) => resolveCommit(repository.path, ref)));
      if (from === undefined || to === undefined) throw new GitHubError(404, 'Not Found');
      const count = async (range: string) => (await readCommits(repository.path, [range], 1000)).length;
      const [ahead, behind] = [await count(`${from}..${to}`), await count(`${to}..${from}`)];
      const url = `${repositoryUrl(state, repository)}/compare/${params.basehead}`;
      const payload = commitPayload(state, repository, await commit(repository, from));
      const files = (await readChangedFiles(repository.path, from, to)).slice(0, MAX_COMPARED_FILES);
      return {
        status: 200,
        body: {
          ...{ url, html_url: url, permalink_url: url, diff_url: `${url}.diff`, patch_url: `${url}.patch` },
          ...{ base_commit: payload, merge_base_commit: payload, ahead_by: ahead, behind_by: behind },
          status: ahead > 0 ? (behind > 0 ? 'diverged' : 'ahead') : behind > 0 ? 'behind' : 'identical',
          total_commits: ahead,
          commits: (await readCommits(repository.path, [`${from}..${to}`], 250))
            .slice(0, query.per_page ?? 250)
            .map((one) => commitPayload(state, repository, one)),
          files: files.map((file) => changedFile(state, repository, to, file)),
        },
      };
    },
  },

  'repos/get-all-environments': {
    needs: ACTIONS,
    answer: ({ state, repository, query }) => {
      const all = environmentsOf(state, repository);
      const { items, headers } = page(all, query, `${repositoryUrl(state, repository)}/environments`);
      return { status: 200, headers, body: { total_count: all.length, environments: [...items] } };
    },
  },

  'repos/get-environment': {
    needs: ACTIONS,
    answer: ({ state, repository, params }) => {
      const found = environmentsOf(state, repository).find(({ name }) => name === params.environment_name);
      return { status: 200, body: found ?? notFound() };
    },
  },

  'repos/delete-an-environment': {
    needs: ADMINISTRATION,
    answer: ({ state, repository, params }) => {
      const found = environmentsOf(state, repository).find(({ name }) => name === params.environment_name);
      if (!found) return notFound();
      state.environments.get(repository.id)?.delete(found.name);
      return { status: 204, body: undefined };
    },
  },

  'repos/get-content': {
    needs: CONTENTS,
    answer: async ({ state, repository, params, query }) => {
      const sha = await resolveCommit(repository.path, query.ref ?? 'main');
      if (sha === undefined) throw new GitHubError(404, `No commit found for the ref ${query.ref ?? 'main'}`);
      const entry = (await entryAt(repository.path, sha, params.path)) ?? notFound();
      if (entry.type !== 'blob') return { status: 200, body: [] };
      const content = await readBlob(repository.path, entry.sha);
      const file = encodeURI(entry.path);
      const url = `${repositoryUrl(state, repository)}/contents/${file}?ref=${sha}`;
      const common = {
        name: entry.path.split('/').at(-1) ?? entry.path,
        path: entry.path,
        sha: entry.sha,
        size: content.length,
        url,
        html_url: `${state.url}/${fullName(repository)}/blob/${sha}/${file}`,
        git_url: `${repositoryUrl(state, repository)}/git/blobs/${entry.sha}`,
        download_url: `${state.url}/${fullName(repository)}/raw/${sha}/${file}`,
        _links: { self: url, git: url, html: url },
      };
      if (entry.mode === SYMLINK)
        return { status: 200, body: { ...common, type: 'symlink', target: content.toString() } };
      const inline = content.length <= MAX_INLINE_BYTES;
      const encoded = inline ? content.toString('base64').replace(/.{60}/g, '$&\n') : '';
      return {
        status: 200,
        body: { ...common, type: 'file', content: encoded, encoding: inline ? 'base64' : 'none' },
      };
    },
  },
};

function notFound(message = 'Not Found'): never {
  throw new GitHubError(404, message);
}

async function commit(repository: Repository, sha: string): Promise<Commit> {
  const [found] = await readCommits(repository.path, [sha], 1);
  return found ?? notFound();
}

function changedFile(state: State, repository: Repository, head: string, { status, path, before, blob }: ChangedFile) {
  const html = `${state.url}/${fullName(repository)}`;
  const file = encodeURI(path);
  return {
    ...{ sha: blob, filename: path, status, additions: 1, deletions: 0, changes: 1 },
    ...(before !== undefined && { previous_filename: before }),
    blob_url: `${html}/blob/${head}/${file}`,
    raw_url: `${html}/raw/${head}/${file}`,
    contents_url: `${repositoryUrl(state, repository)}/contents/${file}?ref=${head}`,
  };
}

/** Everybody has an account whose address begins with their login, except at `nowhere.example`. */
const accountOf = (state: State, email: string) =>
  email.endsWith('@nowhere.example') ? null : user(state, email.slice(0, email.indexOf('@')));

function commitPayload(
  state: State,
  repository: Repository,
  { sha, tree, parents, author, committer, message }: Commit,
) {
  const url = repositoryUrl(state, repository);
  const html = `${state.url}/${fullName(repository)}/commit`;
  return {
    url: `${url}/commits/${sha}`,
    sha,
    node_id: `C_${sha}`,
    html_url: `${html}/${sha}`,
    comments_url: `${url}/commits/${sha}/comments`,
    commit: {
      url: `${url}/git/commits/${sha}`,
      author,
      committer,
      message,
      comment_count: 0,
      tree: { sha: tree, url: `${url}/git/trees/${tree}` },
    },
    author: accountOf(state, author.email),
    committer: accountOf(state, committer.email),
    parents: parents.map((parent) => ({ sha: parent, url: `${url}/commits/${parent}`, html_url: `${html}/${parent}` })),
  };
}
