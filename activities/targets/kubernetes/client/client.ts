/** Requests to a cluster's API server, with a limit for each call and our own failures. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import {
  FailureType,
  failure,
  failureOf,
  failureRetryAfter,
  failureState,
} from '../../../../contracts/core/failures.ts';
import { jsonOf } from '../../../../contracts/core/json.ts';
import { MANAGER } from '../labels.ts';
import { collectionPath, named, objectPath, type ObjectRef } from './paths.ts';
import type { ClusterAnswer, ClusterCall, ClusterRequests } from './requests.ts';
import { MISSING, ObjectConflict, readStatus, refusal } from './status.ts';

/** A quick call that takes longer than this goes to an API server that hangs. */
const QUICK_MS = 20_000;
/** An API server that is restarted, or that is asked too much, is given this long; then Temporal goes on. */
const PATIENCE_MS = 15_000;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 3_000;
const PAGE = 500;

export interface ApplyOptions {
  /** The version that was read: the object is changed only when it is still that one. */
  readonly resourceVersion?: string | undefined;
  /** Everything is checked, admission included, and nothing is written. */
  readonly dryRun?: boolean;
}

export interface LogOptions {
  readonly container?: string;
  /** The last end before the present start. */
  readonly previous?: boolean;
  readonly tailLines?: number;
  readonly limitBytes?: number;
  readonly sinceTime?: Date;
  /** Each line begins with its time. */
  readonly timestamps?: boolean;
}

export interface PodRef {
  readonly namespace: string;
  readonly name: string;
}

export interface ListOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** Which pods' port a question goes to, through the API server. */
export interface ProxyTarget {
  readonly namespace: string;
  readonly resource: 'pods' | 'services';
  readonly name: string;
  readonly port: number | string;
}

export type ClusterClient = ReturnType<typeof createClusterClient>;

/**
 * Objects are the API server's JSON as it came: times are strings, although the types of @kubernetes/client-node call
 * them dates.
 *
 * Every call throws `EngineUnavailable` (retryable) when the API server does not answer or cannot serve now, after some
 * patience; `EngineRefused`, `InvalidConfiguration` when it refuses; {@link ObjectConflict} when an object is there
 * already, or is not the one any more that was read; and the signal's reason when aborted.
 */
export function createClusterClient({
  cluster,
  requests,
}: {
  readonly cluster: string;
  readonly requests: ClusterRequests;
}) {
  const away = (request: string, why: string) =>
    failure(
      FailureType.EngineUnavailable,
      `Cluster ${cluster} did not take ${request}: ${why}. Check that its API server runs and that this worker reaches it.`,
    );

  /** One try. */
  async function send(call: ClusterCall, request: string): Promise<ClusterAnswer> {
    try {
      return await requests(call);
    } catch (error) {
      if (failureOf(error)) throw error;
      throw away(request, reasonOf(error));
    }
  }

  async function attempt(call: ClusterCall, request: string): Promise<string> {
    const limit = AbortSignal.timeout(QUICK_MS);
    try {
      const answer = await send({ ...call, signal: AbortSignal.any([call.signal, limit]) }, request);
      const text = await answer.body.text();
      if (answer.statusCode < 400) return text;
      throw refused(answer, text, request);
    } catch (error) {
      call.signal.throwIfAborted();
      if (limit.aborted) throw away(request, `it did not answer within ${QUICK_MS / 1_000} s`);
      throw isNamed(error) ? error : away(request, reasonOf(error));
    }
  }

  const refused = ({ statusCode: code, headers }: ClusterAnswer, text: string, request: string): Error => {
    const seconds = Number(headers['retry-after']);
    const retryAfterMs =
      Number.isFinite(seconds) && seconds >= 0 && headers['retry-after'] !== undefined ? seconds * 1_000 : undefined;
    return refusal({ cluster, request, code, status: readStatus(text), retryAfterMs });
  };

  /** Every call may be repeated: each names the version that it changes, or is refused when it was carried out. */
  async function patiently(call: ClusterCall, request: string): Promise<string> {
    const deadline = performance.now() + PATIENCE_MS;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        return await attempt(call, request);
      } catch (error) {
        const wanted = Math.max(waitMs, failureRetryAfter(error));
        const isPassing = failureOf(error)?.type === FailureType.EngineUnavailable;
        if (!isPassing || performance.now() + wanted > deadline) throw error;
        await sleep(wanted, undefined, { signal: call.signal }).catch(() => undefined);
        call.signal.throwIfAborted();
      }
    }
  }

  async function json<T>(call: ClusterCall, request: string): Promise<T> {
    const value = jsonOf(await patiently(call, request));
    if (typeof value === 'object' && value !== null) return value as T;
    throw away(request, 'its answer was no JSON');
  }

  /** `undefined` for what is not there. */
  async function orAbsent<T>(call: ClusterCall, request: string): Promise<T | undefined> {
    return json<T>(call, request).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
  }

  async function page<T>(path: string, request: string, query: ClusterCall['query'], signal: AbortSignal) {
    return json<Page<T>>({ method: 'GET', path, query: { ...query, limit: String(PAGE) }, signal }, request);
  }

  return {
    /** @returns `undefined` when there is none */
    read: async <T extends ObjectRef>(ref: ObjectRef, signal: AbortSignal): Promise<T | undefined> =>
      orAbsent<T>({ method: 'GET', path: objectPath(ref), signal }, `GET ${named(ref)}`),

    /** @param namespace - absent: all namespaces */
    async list<T extends ObjectRef>(
      { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
      namespace: string | undefined,
      { labelSelector, fieldSelector }: ListOptions,
      signal: AbortSignal,
    ): Promise<T[]> {
      const request = `GET ${kind}s${namespace === undefined ? '' : ` in ${namespace}`}`;
      const path = collectionPath(apiVersion, kind, namespace);
      const found: T[] = [];
      let next: string | undefined;
      do {
        const { items = [], metadata }: Page<T> = await page<T>(
          path,
          request,
          { labelSelector, fieldSelector, continue: next },
          signal,
        );
        // The items of a list do not say what they are.
        found.push(...items.map((item) => ({ ...item, apiVersion, kind })));
        next = metadata?.continue === '' ? undefined : metadata?.continue;
      } while (next !== undefined);
      return found;
    },

    /** Server-side apply: of fields that another manager holds, none is taken. */
    apply: async <T extends ObjectRef>(
      object: T,
      { resourceVersion, dryRun = false }: ApplyOptions,
      signal: AbortSignal,
    ): Promise<T> =>
      json<T>(
        {
          method: 'PATCH',
          path: objectPath(object),
          query: { fieldManager: MANAGER, force: 'false', dryRun: dryRun ? 'All' : undefined },
          contentType: 'application/apply-patch+yaml',
          body: {
            ...object,
            metadata: { ...object.metadata, ...(resourceVersion !== undefined && { resourceVersion }) },
          },
          signal,
        },
        `PATCH ${named(object)}`,
      ),

    /** @throws {@link ObjectConflict} when there is one */
    create: async <T extends ObjectRef>(object: T, signal: AbortSignal): Promise<T> =>
      json<T>(
        {
          method: 'POST',
          path: collectionPath(object.apiVersion ?? '', object.kind ?? '', object.metadata?.namespace),
          query: { fieldManager: MANAGER },
          body: object,
          signal,
        },
        `POST ${named(object)}`,
      ),

    /** @param resourceVersion - of the one that was read: another one is left alone */
    replace: async <T extends ObjectRef>(
      object: T,
      resourceVersion: string | undefined,
      signal: AbortSignal,
    ): Promise<T> =>
      json<T>(
        {
          method: 'PUT',
          path: objectPath(object),
          query: { fieldManager: MANAGER },
          body: { ...object, metadata: { ...object.metadata, resourceVersion } },
          signal,
        },
        `PUT ${named(object)}`,
      ),

    /** A JSON patch (RFC 6902). */
    patch: async <T extends ObjectRef>(ref: T, operations: readonly object[], signal: AbortSignal): Promise<T> =>
      json<T>(
        {
          method: 'PATCH',
          path: objectPath(ref),
          query: { fieldManager: MANAGER },
          contentType: 'application/json-patch+json',
          body: operations,
          signal,
        },
        `PATCH ${named(ref)}`,
      ),

    /**
     * Its dependants go after it. One that is gone already is success.
     * @throws {@link ObjectConflict} when it is another one by now
     */
    delete: async (
      ref: ObjectRef,
      preconditions: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined },
      signal: AbortSignal,
    ): Promise<void> => {
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions };
      await orAbsent({ method: 'DELETE', path: objectPath(ref), body, signal }, `DELETE ${named(ref)}`);
    },

    /** A container's log, as far as it is kept. */
    podLog: async (pod: PodRef, options: LogOptions, signal: AbortSignal): Promise<string> =>
      patiently({ ...logCall(pod, options), signal }, `GET the log of Pod ${pod.name} in ${pod.namespace}`),

    /** A container's log as it grows, until the signal, the end of the container, or the API server ends it. */
    async followLog(pod: PodRef, options: LogOptions, signal: AbortSignal): Promise<Readable> {
      const request = `GET the log of Pod ${pod.name} in ${pod.namespace}`;
      const { query, ...call } = logCall(pod, options);
      const answer = await send({ ...call, query: { ...query, follow: 'true' }, signal }, request);
      if (answer.statusCode < 400) return answer.body;
      throw refused(answer, await answer.body.text(), request);
    },

    /** One question to a pod or service through the API server; the answer is theirs. One try. */
    proxied: async (
      { namespace, resource, name, port }: ProxyTarget,
      {
        path,
        headers,
        signal,
      }: { readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
    ): Promise<ClusterAnswer> =>
      requests({
        method: 'GET',
        path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/${resource}/${encodeURIComponent(name)}:${port}/proxy${path}`,
        headers: { accept: '*/*', ...headers },
        signal,
      }),

    /** Its version, such as `v1.36.3`. */
    version: async (signal: AbortSignal): Promise<string> =>
      (await json<{ gitVersion?: string }>({ method: 'GET', path: '/version', signal }, 'GET its version'))
        .gitVersion ?? '',
  };
}

function logCall(
  { namespace, name }: PodRef,
  { container, previous, tailLines, limitBytes, sinceTime, timestamps }: LogOptions,
): Omit<ClusterCall, 'signal'> {
  const number = (value: number | undefined) => (value === undefined ? undefined : String(value));
  return {
    method: 'GET',
    path: `${objectPath({ apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name } })}/log`,
    query: {
      container,
      previous: previous ? 'true' : undefined,
      timestamps: timestamps ? 'true' : undefined,
      tailLines: number(tailLines),
      limitBytes: number(limitBytes),
      sinceTime: sinceTime?.toISOString(),
    },
    headers: { accept: '*/*' },
  };
}

interface Page<T> {
  readonly items?: readonly T[];
  readonly metadata?: { readonly continue?: string };
}

const isNamed = (error: unknown): boolean => failureOf(error) !== undefined || error instanceof ObjectConflict;

const isMissing = (error: unknown): boolean => failureState(error) === MISSING;

/** The library's own words name neither headers nor bodies. */
function reasonOf(error: unknown): string {
  const { code, message, cause } = error as NodeJS.ErrnoException;
  const inner = cause instanceof Error ? cause.message : '';
  return (
    [code, message === '' ? inner : message].filter((part) => part !== undefined && part !== '').join(': ') ||
    String(error)
  );
}
