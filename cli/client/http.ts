/** HTTP with a token. It checks every answer against its schema, and every failure comes with what to do. */
import type { z } from 'zod';
import { jsonOf } from '../../contracts/core/json.ts';
import { Problem } from '../../contracts/http/api.ts';
import { CLIENT_HEADER } from '../../contracts/http/people.ts';
import type { Access } from '../access.ts';
import { CliError, errorText } from '../cli-error.ts';

export interface Http {
  readonly url: string;
  /** @param alsoGood - a status that is an answer here, and not a problem. */
  get<T>(path: string, schema: z.ZodType<T>, alsoGood?: number): Promise<T>;
  post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T>;
  /** The body as it is, as plain text. */
  postText<T>(path: string, body: string, schema: z.ZodType<T>): Promise<T>;
  put<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T>;
  delete<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  /** NDJSON: one document a line. */
  getLines<T>(path: string, schema: z.ZodType<T>): Promise<T[]>;
  /** An answer to be read as it comes. The caller ends it by its signal. */
  stream(path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response>;
}

/** Longer than the API's own deadlines towards Temporal and the store, so that its explanation arrives. */
const ANSWER_MS = 30_000;

/** @param signal - ends every wait */
export function createHttp({ url, token }: Access, signal: AbortSignal): Http {
  const send = async (method: string, path: string, init: RequestInit, alsoGood?: number): Promise<Response> => {
    const what = `${method} ${url}${path}`;
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token.reveal()}`);
    headers.set(CLIENT_HEADER, 'cli');
    try {
      // Following a redirect could hand the token to another server.
      const response = await fetch(`${url}${path}`, { ...init, method, headers, redirect: 'manual' });
      if (response.ok || response.status === alsoGood) return response;
      throw await refused(what, url, response);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof CliError ? error : unreachable(what, url, error);
    }
  };
  const bounded = (): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const read = <T>(what: string, schema: z.ZodType<T>, text: string): T => {
    const parsed = schema.safeParse(jsonOf(text));
    if (parsed.success) return parsed.data;
    throw new CliError(
      what,
      'the answer is not in the form that this version of the command line knows',
      'Check that the address is that of a Landfall, and that both are of the same version.',
      { cause: parsed.error },
    );
  };
  const sendJson = async <T>(method: string, path: string, body: unknown, schema: z.ZodType<T>): Promise<T> => {
    const headers = { 'content-type': 'application/json' };
    const response = await send(method, path, { body: JSON.stringify(body), headers, signal: bounded() });
    return read(`${method} ${url}${path}`, schema, await response.text());
  };
  return {
    url,
    get: async (path, schema, alsoGood) => {
      const response = await send('GET', path, { signal: bounded() }, alsoGood);
      return read(`GET ${url}${path}`, schema, await response.text());
    },
    getLines: async (path, schema) => {
      const response = await send('GET', path, { signal: bounded() });
      const lines = (await response.text()).split('\n').filter((line) => line !== '');
      return lines.map((line) => read(`GET ${url}${path}`, schema, line));
    },
    post: (path, body, schema) => sendJson('POST', path, body, schema),
    postText: async (path, body, schema) => {
      const headers = { 'content-type': 'text/plain; charset=utf-8' };
      const response = await send('POST', path, { body, headers, signal: bounded() });
      return read(`POST ${url}${path}`, schema, await response.text());
    },
    put: (path, body, schema) => sendJson('PUT', path, body, schema),
    delete: async (path, schema) => {
      const response = await send('DELETE', path, { signal: bounded() });
      return read(`DELETE ${url}${path}`, schema, await response.text());
    },
    stream: (path, headers, ending) => send('GET', path, { headers, signal: AbortSignal.any([signal, ending]) }),
  };
}

/** The server did not answer: the only failure after which an unchanged retry is worth a try. */
export class Unreachable extends CliError {}

function unreachable(what: string, url: string, error: unknown): Unreachable {
  const late = typeof error === 'object' && error !== null && 'name' in error && error.name === 'TimeoutError';
  const why = late ? `no answer within ${String(ANSWER_MS / 1000)} s` : `nothing answers there (${errorText(error)})`;
  return new Unreachable(
    what,
    why,
    `Check that Landfall runs (\`landfall up\`, \`landfall doctor\`) and that ${url} is its address.`,
    {
      cause: error,
    },
  );
}

const TODO: Readonly<Record<number, string>> = {
  401: 'The access token is not (or no longer) known there: run `landfall login URL` with a current one.',
  403: 'This access token may not do that.',
  404: '`landfall status` shows what there is.',
  429: 'Wait a moment, then try again.',
};

async function refused(what: string, url: string, response: Response): Promise<CliError> {
  if (response.status >= 300 && response.status < 400) {
    const to = response.headers.get('location') ?? 'elsewhere';
    return new CliError(
      what,
      `it sends us to ${to}`,
      'Redirects are not followed: use the final address with `landfall login URL`.',
    );
  }
  const problem = Problem.safeParse(jsonOf(await response.text()));
  const status = `${String(response.status)} ${response.statusText}`.trim();
  const why = problem.success ? `${problem.data.title} (${String(problem.data.status)})` : status;
  const detail = problem.success ? problem.data.detail : undefined;
  if (response.status >= 500 && !problem.success) {
    return new Unreachable(
      what,
      `${status}, and no explanation`,
      `Check that ${url} is a Landfall; a proxy in front of it may answer in its place.`,
    );
  }
  const todo = [detail, TODO[response.status]].filter((part) => part !== undefined).join(' ');
  const Kind = response.status === 503 || response.status === 429 ? Unreachable : CliError;
  return new Kind(
    what,
    why,
    todo === '' ? "Look at Landfall's log: landfall.log in the data folder of `landfall up`." : todo,
  );
}
