/** One HTTP server that is GitHub's API and GitHub's git: routes, checks both ways, faults. */
import { toJson } from './wire.ts';
import { parseLossless } from '../../contracts/core/lossless-json.ts';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Caller, authenticate, authorize } from './auth.ts';
import type { Description, Operation } from './description.ts';
import { GitHubError } from './errors.ts';
import type { Answer, Faults } from './faults.ts';
import type { Models } from './operations/operation.ts';
import { answerGit, gitRequest } from './smart-http.ts';
import { type Call, type Repository, type State, findRepository, fullName, now } from './state.ts';
import type { Webhooks } from './webhooks.ts';

export interface Parts {
  readonly state: State;
  readonly description: Description;
  readonly models: Models;
  readonly webhooks: Webhooks;
  readonly faults: Faults;
  /** Answers what is not GitHub's; `true` when it has. */
  readonly extra: (url: URL, req: IncomingMessage, res: ServerResponse) => boolean;
}

/** These POSTs create nothing that GitHub's limit for content counts. */
const NOT_CONTENT = new Set(['apps/create-installation-access-token', 'apps/redeliver-webhook-delivery']);

export function createGitHubServer(parts: Parts): Server {
  return createServer((req, res) => {
    answer(parts, req, res).catch((error: unknown) => res.destroy(error instanceof Error ? error : undefined));
  });
}

async function answer(parts: Parts, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { state, faults } = parts;
  const url = new URL(req.url ?? '/', state.url);
  if (parts.extra(url, req, res)) return;
  const git = gitRequest(url);
  const found = git ? undefined : route(parts, req.method ?? 'GET', url);
  const fault = faults.take(git ? `git/${git.service}` : (found?.operation.id ?? ''));
  if (fault?.delayMs !== undefined) await sleep(fault.delayMs, undefined, { ref: false });
  const instead: Answer | 'hang up' | undefined = fault?.hangUp ? 'hang up' : fault?.answer;
  if (git) {
    if (instead === undefined) await answerGit(parts, git, req, res);
    else give(state, res, instead);
    return;
  }

  const call = found && recordCall(state, found.operation, url);
  const body = await text(req);
  let given: Answer | 'hang up' | undefined = instead;
  if (instead === undefined || fault?.when === 'after') {
    const real = await perform(parts, found, req, url, body).catch(refusal);
    given ??= real;
  }
  if (call && typeof given === 'object') call.status = given.status;
  give(state, res, given ?? 'hang up');
}

interface Route {
  readonly operation: Operation;
  readonly values: Record<string, string>;
  readonly repository: Repository | undefined;
  readonly moved: boolean;
}

/** `/repositories/{id}/…` is where GitHub's redirects after a rename lead: the same operations, by id. */
function route({ state, description }: Parts, method: string, { pathname }: URL): Route | undefined {
  const [, id, rest = ''] = /^\/repositories\/(\d+)(\/.*)?$/.exec(pathname) ?? [];
  const named = state.repositories.get(id ?? '');
  const found = description.find(method, named ? `/repos/${fullName(named)}${rest}` : pathname);
  if (!found) return undefined;
  const { owner, repo } = found.values;
  const match = owner !== undefined && repo !== undefined ? findRepository(state, owner, repo) : undefined;
  return { ...found, repository: match?.repository, moved: match?.moved ?? false };
}

async function perform(
  parts: Parts,
  found: Route | undefined,
  req: IncomingMessage,
  url: URL,
  body: string,
): Promise<Answer> {
  const { state, description, models } = parts;
  if (!found) throw new GitHubError(404, 'Not Found');
  const { operation, values, repository } = found;
  const drift = (where: 'request' | 'answer', mismatches: readonly string[]) => {
    if (mismatches.length > 0) state.drift.push({ operation: operation.id, where, mismatches });
  };
  // Not typed further than this: one caller, all operations. Each model is typed where it is written.
  const model: ErasedModel | undefined = models[operation.id as keyof Models];
  if (!model) {
    drift('request', ['the stand-in has no model of this operation']);
    throw new GitHubError(501, `The stand-in has no model of ${operation.id}`);
  }

  // GitHub answers in the form of its oldest version otherwise.
  if (req.headers['user-agent']?.startsWith('landfall') && !('x-github-api-version' in req.headers)) {
    drift('request', ['X-GitHub-Api-Version is missing']);
  }
  const caller = authenticate(state, req.headers.authorization);
  if ('owner' in values && 'repo' in values && !repository) throw new GitHubError(404, 'Not Found');
  authorize(state, caller, model.needs, repository);
  if (found.moved && repository) return redirect(state, repository, req, url);

  const parsed = parse(body);
  const given = { path: { ...values }, query: Object.fromEntries(url.searchParams) };
  const wrong = [...description.parameters(operation, given), ...description.body(operation, parsed)];
  if (wrong.length > 0) {
    drift('request', wrong);
    throw new GitHubError(422, `Invalid request.\n\n${wrong.join('\n')}`);
  }
  const result = await model.answer({
    state,
    caller,
    params: withWholeIds(given.path, values),
    query: given.query,
    body: parsed,
    repository,
  });
  drift('answer', description.answer(operation, result.status, result.body));
  return result;
}

/** The description's numbers lose the last digits of an id. */
const withWholeIds = (read: Record<string, unknown>, written: Record<string, string>) =>
  Object.fromEntries(Object.entries(read).map(([name, value]) => [name, name.endsWith('_id') ? written[name] : value]));

interface ErasedModel {
  readonly needs: Parameters<typeof authorize>[2];
  answer(context: {
    state: State;
    caller: Caller;
    params: unknown;
    query: unknown;
    body: unknown;
    repository: Repository | undefined;
  }): Answer | Promise<Answer>;
}

function recordCall(state: State, { id, method }: Operation, { pathname }: URL): Call {
  const creating = method === 'POST' && !NOT_CONTENT.has(id);
  const call = { operation: id, method, path: pathname, creating, at: Date.now(), status: 0 };
  state.calls.push(call);
  return call;
}

function parse(body: string): unknown {
  if (body === '') return undefined;
  try {
    return parseLossless(body);
  } catch {
    throw new GitHubError(400, 'Problems parsing JSON');
  }
}

/** A renamed repository answers from its old name with a redirect, which keeps method and body. */
function redirect(state: State, { id }: Repository, req: IncomingMessage, url: URL): Answer {
  const rest = url.pathname.split('/').slice(4).join('/');
  const location = `${state.url}/repositories/${id}${rest && `/${rest}`}${url.search}`;
  const status = req.method === 'GET' ? 301 : 307;
  return { status, headers: { location }, body: { message: 'Moved Permanently', url: location } };
}

function refusal(error: unknown): Answer {
  if (!(error instanceof GitHubError)) throw error;
  const { status, message, errors, headers } = error;
  const documentation = 'https://docs.github.com/rest';
  return {
    status,
    headers,
    body: { message, ...(errors && { errors }), documentation_url: documentation, status: String(status) },
  };
}

function give(state: State, res: ServerResponse, given: Answer | 'hang up'): void {
  if (given === 'hang up') {
    res.destroy();
    return;
  }
  const { status, headers = {}, body } = given;
  const hour = Math.floor(now(state) / 1000) + 3600;
  res.writeHead(status, {
    date: new Date(now(state)).toUTCString(),
    'content-type': 'application/json; charset=utf-8',
    'x-github-request-id': `SIM:${state.lastId}:${state.calls.length}`,
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': '4999',
    'x-ratelimit-reset': String(hour),
    ...headers,
  });
  if (body === undefined) res.end();
  else res.end(typeof body === 'string' ? body : toJson(body));
}
