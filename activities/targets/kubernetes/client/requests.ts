/** One request to an API server, let in by the worker's credentials. */
import { request, type Dispatcher } from 'undici';
import type { ApiServer } from './access.ts';

export interface ClusterCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: object;
  /** JSON by default. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export type ClusterAnswer = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>;

/** @throws `EngineRefused` for credentials that cannot be had; undici's errors; the signal's reason */
export type ClusterRequests = (call: ClusterCall) => Promise<ClusterAnswer>;

/** A token may have expired since it was read: one that is refused is read again, once. */
export function createRequests(access: ApiServer): ClusterRequests {
  const send = async ({ method, path, query = {}, body, contentType, headers, signal }: ClusterCall) => {
    const { server, headers: credentials, dispatcher } = await access.authorize();
    const wanted = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const search = wanted.length === 0 ? '' : `?${new URLSearchParams(wanted).toString()}`;
    return request(`${server}${path}${search}`, {
      method,
      headers: {
        accept: 'application/json',
        'user-agent': 'landfall',
        ...(body && { 'content-type': contentType ?? 'application/json' }),
        ...headers,
        ...credentials,
      },
      ...(body && { body: JSON.stringify(body) }),
      ...(dispatcher && { dispatcher }),
      signal,
      // The time is kept by the signal alone: a followed log may be silent for long.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  };
  return async (call) => {
    const answer = await send(call);
    if (answer.statusCode !== 401) return answer;
    await answer.body.dump();
    access.renew();
    return send(call);
  };
}
