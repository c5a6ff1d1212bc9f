/** Sends a push's changes of refs as `push` events. */
import { wire } from './wire.ts';
import { isAncestor, readCommits, readRefs, resolveCommit, type Commit } from './git.ts';
import { repository as repositoryPayload, user } from './payloads.ts';
import { type Repository, type State, fullName, installationOf, nextId, now } from './state.ts';
import type { Webhooks } from './webhooks.ts';

const NOTHING = '0'.repeat(40);
/** GitHub lists no more commits than this in one event. */
const MAX_COMMITS = 2048;
/** GitHub says nothing at all when more tags than this are pushed at once. */
const MAX_TAGS = 3;

interface Change {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** Compares the refs with those last sent, and sends the differences. Calls for one repository wait for each other. */
export function tellPush(state: State, webhooks: Webhooks, repository: Repository, pusher: string): Promise<void> {
  const tell = async () => {
    const known = repository.refs;
    const refs = await readRefs(repository.path);
    repository.refs = refs;
    const changes = difference(known, refs);
    const tags = changes.filter(({ ref }) => ref.startsWith('refs/tags/'));
    if (changes.length > 0) repository.pushedAt = now(state);
    for (const change of changes) await noteActivity(state, repository, change, pusher);
    for (const change of tags.length > MAX_TAGS ? changes.filter((each) => !tags.includes(each)) : changes) {
      const payload = await pushPayload(state, repository, change, [...known.values()], pusher);
      webhooks.emit('push', { installation: installationOf(state, repository), repository }, payload);
    }
  };
  repository.seen = repository.seen.then(tell);
  return repository.seen;
}

/** Only branches have any. */
async function noteActivity(state: State, repository: Repository, change: Change, actor: string): Promise<void> {
  const { ref, before, after } = change;
  if (!ref.startsWith('refs/heads/')) return;
  const moved = async () => ((await isAncestor(repository.path, before, after)) ? 'push' : 'force_push');
  const type = before === NOTHING ? 'branch_creation' : after === NOTHING ? 'branch_deletion' : await moved();
  state.activities.push({ ...change, id: nextId(state), repositoryId: repository.id, type, actor, at: now(state) });
}

function difference(known: ReadonlyMap<string, string>, refs: ReadonlyMap<string, string>): Change[] {
  const names = new Set([...known.keys(), ...refs.keys()]);
  return [...names]
    .map((ref) => ({ ref, before: known.get(ref) ?? NOTHING, after: refs.get(ref) ?? NOTHING }))
    .filter(({ before, after }) => before !== after);
}

async function pushPayload(
  state: State,
  repository: Repository,
  change: Change,
  known: readonly string[],
  pusher: string,
) {
  const { ref, before, after } = change;
  const created = before === NOTHING;
  const deleted = after === NOTHING;
  const head = deleted ? undefined : await resolveCommit(repository.path, after);
  const range = created ? [after, ...known.map((sha) => `^${sha}`)] : [`${before}..${after}`];
  const commits = deleted ? [] : await readCommits(repository.path, range, MAX_COMMITS);
  const [headCommit] = head === undefined ? [] : await readCommits(repository.path, [head], 1);
  const url = `${state.url}/${fullName(repository)}`;
  const installation = installationOf(state, repository);
  const email = `${pusher}@users.noreply.github.com`;
  const subject = repositoryPayload(state, repository);
  return {
    ref,
    before,
    after,
    repository: {
      ...subject,
      owner: { ...subject.owner, name: repository.owner, email: null },
      url,
      created_at: Math.floor(repository.createdAt / 1000),
      updated_at: new Date(repository.pushedAt).toISOString(),
      pushed_at: Math.floor(repository.pushedAt / 1000),
      stargazers: 0,
      master_branch: 'main',
    },
    pusher: { name: pusher, email },
    sender: user(state, pusher),
    ...(installation && { installation: { id: wire(installation.id), node_id: `I_${installation.id}` } }),
    created,
    deleted,
    forced: !created && !deleted && !(await isAncestor(repository.path, before, after)),
    base_ref: null,
    compare: `${url}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    commits: commits.reverse().map((commit) => commitPayload(url, commit)),
    head_commit: headCommit ? commitPayload(url, headCommit) : null,
  };
}

function commitPayload(url: string, commit: Commit) {
  const person = ({ name, email, date }: Commit['author']) => ({ name, email, date });
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${url}/commit/${commit.sha}`,
    author: person(commit.author),
    committer: person(commit.committer),
    added: commit.added,
    removed: commit.removed,
    modified: commit.modified,
  };
}
