/** HTTP with a token. It checks every answer against its schema, and every failure comes with what to do. */
import type { z } from 'zod';
import { jsonOf } from '../../contracts/core/json.ts';
import { Problem } from '../../contracts/http/api.ts';
import { CLIENT_HEADER } from '../../contracts/http/people.ts';
import type { Access } from '../access.ts';
import { CliError, errorText } from '../cli-error.ts';

export interface Http {
  readonly url: string;
  /** The command that asks: errors begin with it. */
  readonly wanted: string;
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
export function createHttp(access: Access, signal: AbortSignal): Http {
  const { url, token, wanted } = access;
  const send = async (method: string, path: string, init: RequestInit, alsoGood?: number): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token.reveal()}`);
    headers.set(CLIENT_HEADER, 'cli');
    try {
      // Following a redirect could hand the token to another server.
      const response = await fetch(`${url}${path}`, { ...init, method, headers, redirect: 'manual' });
      if (response.ok || response.status === alsoGood) return response;
      throw await refused(access, `${method} ${path}`, response);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof CliError ? error : unreachable(access, error);
    }
  };
  const bounded = (): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const read = <T>(request: string, schema: z.ZodType<T>, text: string): T => {
    const parsed = schema.safeParse(jsonOf(text));
    if (parsed.success) return parsed.data;
    throw new CliError(
      wanted,
      `the answer to ${request} is not in the form that this version of the command line knows`,
      `Check that ${url} is the address of a Landfall, and that both are of the same version.`,
      { cause: parsed.error },
    );
  };
  const sendJson = async <T>(method: string, path: string, body: unknown, schema: z.ZodType<T>): Promise<T> => {
    const headers = { 'content-type': 'application/json' };
    const response = await send(method, path, { body: JSON.stringify(body), headers, signal: bounded() });
    return read(`${method} ${path}`, schema, await response.text());
  };
  return {
    ...{ url, wanted },
    get: async (path, schema, alsoGood) => {
      const response = await send('GET', path, { signal: bounded() }, alsoGood);
      return read(`GET ${path}`, schema, await response.text());
    },
    getLines: async (path, schema) => {
      const response = await send('GET', path, { signal: bounded() });
      const lines = (await response.text()).split('\n').filter((line) => line !== '');
      return lines.map((line) => read(`GET ${path}`, schema, line));
    },
    post: (path, body, schema) => sendJson('POST', path, body, schema),
    postText: async (path, body, schema) => {
      const headers = { 'content-type': 'text/plain; charset=utf-8' };
      const response = await send('POST', path, { body, headers, signal: bounded() });
      return read(`POST ${path}`, schema, await response.text());
    },
    put: (path, body, schema) => sendJson('PUT', path, body, schema),
    delete: async (path, schema) => {
      const response = await send('DELETE', path, { signal: bounded() });
      return read(`DELETE ${path}`, schema, await response.text());
    },
    stream: (path, headers, ending) => send('GET', path, { headers, signal: AbortSignal.any([signal, ending]) }),
  };
}

/** The server did not answer: the only failure after which an unchanged retry is worth a try. */
export class Unreachable extends CliError {}

function unreachable({ url, wanted }: Access, error: unknown): Unreachable {
  const late = typeof error === 'object' && error !== null && 'name' in error && error.name === 'TimeoutError';
  const why = late
    ? `${url} did not answer within ${String(ANSWER_MS / 1000)} s`
    : `nothing answers at ${url} (${errorText(error)})`;
  return new Unreachable(
    wanted,
    why,
    `Check that Landfall runs (\`landfall up\`, \`landfall doctor\`) and that ${url} is its address.`,
    {
      cause: error,
    },
  );
}

const TODO: Readonly<Record<number, string>> = {
  403: 'Ask a person who may.',
  404: '`landfall status` shows what there is.',
  409: '`landfall status` shows how things are.',
  422: "The command's --help says what it takes.",
  429: 'Wait a moment, then try again.',
  503: '`landfall doctor` looks for what is away.',
};
const OTHER_TODO = "Look at Landfall's log: landfall.log in the data folder of `landfall up`.";

/** @param request - as HTTP has it, where nothing else is known */
async function refused({ url, wanted, from }: Access, request: string, response: Response): Promise<CliError> {
  const { status, statusText } = response;
  if (status >= 300 && status < 400) {
    const to = response.headers.get('location') ?? 'elsewhere';
    return new CliError(
      wanted,
      `${url} sends us to ${to}`,
      'Redirects are not followed: use the final address with `landfall login URL`.',
    );
  }
  if (status === 401) {
    return new CliError(wanted, `${url} does not know the access token ${from.words} (401)`, from.todo);
  }
  const problem = Problem.safeParse(jsonOf(await response.text()));
  const answer = `${request} was answered ${`${String(status)} ${statusText}`.trim()}`;
  if (status >= 500 && !problem.success) {
    return new Unreachable(
      wanted,
      `${answer}, without an explanation`,
      `Check that ${url} is a Landfall; a proxy in front of it may answer in its place.`,
    );
  }
  const Kind = status === 503 || status === 429 ? Unreachable : CliError;
  const why = problem.success ? (problem.data.detail ?? problem.data.title) : answer;
  return new Kind(wanted, why, TODO[status] ?? OTHER_TODO);
}
