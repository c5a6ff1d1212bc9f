/** A small client of the API server, for what stands beside it: JSON in, JSON out, nothing tried again. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import type { ClusterAccess } from './credentials.ts';

export interface Api {
  /**
   * @param body - sent as JSON
   * @throws ApiError for an answer that is not 2xx; Error of undici when there is none in time
   */
  call<T = unknown>(method: Method, path: string, body?: unknown, contentType?: string): Promise<T>;
  /** The text of a 2xx answer. @throws as {@link Api.call} */
  text(path: string): Promise<string>;
  /** The lines of an answer that goes on; ends with it or with the signal. @throws as {@link Api.call} */
  lines(path: string, signal: AbortSignal): AsyncGenerator<string>;
  close(): Promise<void>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** An answer other than 2xx. */
class ApiError extends Error {
  readonly status: number;
  constructor(method: string, path: string, status: number, body: string) {
    super(`${method} ${path}: ${status}: ${wordsIn(body)}`);
    this.status = status;
  }
}

const CALL_MS = 60_000;

export function apiOf({ server, caFile, token }: ClusterAccess): Api {
  const dispatcher = new Agent({ connect: { ca: readFileSync(caFile, 'utf8') }, bodyTimeout: 0 });
  const open = async (method: Method, path: string, signal: AbortSignal, body?: unknown, contentType?: string) => {
    const answer = await request(`${server}${path}`, {
      ...{ dispatcher, method, signal },
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': contentType ?? 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (answer.statusCode < 200 || answer.statusCode > 299)
      throw new ApiError(method, path, answer.statusCode, await answer.body.text());
    return answer.body;
  };
  return {
    call: async <T>(method: Method, path: string, body?: unknown, contentType?: string) =>
      (await (await open(method, path, AbortSignal.timeout(CALL_MS), body, contentType)).json()) as T,
    text: async (path) => (await open('GET', path, AbortSignal.timeout(CALL_MS))).text(),
    async *lines(path, signal) {
      let rest = '';
      const body = await open('GET', path, signal);
      body.setEncoding('utf8');
      for await (const part of body as AsyncIterable<string>) {
        const parts = `${rest}${part}`.split('\n');
        rest = parts.pop() ?? '';
        yield* parts;
      }
    },
    close: () => dispatcher.destroy(),
  };
}

function wordsIn(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: unknown }).message);
  } catch {
    return body.slice(0, 500);
  }
}
