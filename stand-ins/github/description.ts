/**
 * GitHub's own OpenAPI description (openapi.json, made by extract.mjs) as validators: which operations there
 * are, what a request may hold, what an answer must hold. Compiled with ajv on first use.
 */
import { toJson } from './wire.ts';
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

export interface Operation {
  /** `repos/create-deployment`, as GitHub names it. */
  readonly id: string;
  readonly method: string;
  /** `/repos/{owner}/{repo}/deployments` */
  readonly path: string;
}

/** The violations, in words: `/ref must be string`. Empty when there are none. */
export type Mismatches = readonly string[];

export interface Description {
  /** The operation that answers this request, with the raw values of its path parameters. */
  find(
    method: string,
    path: string,
  ): { readonly operation: Operation; readonly values: Record<string, string> } | undefined;
  /** Checks path and query parameters; numbers and booleans are turned into what the description says. */
  parameters(
    operation: Operation,
    given: { path: Record<string, unknown>; query: Record<string, unknown> },
  ): Mismatches;
  body(operation: Operation, body: unknown): Mismatches;
  answer(operation: Operation, status: number, body: unknown): Mismatches;
  /** `push`, `installation-created` … */
  event(name: string, payload: unknown): Mismatches;
}

interface Schema {
  [keyword: string]: unknown;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
}
interface Content {
  readonly content?: Record<string, { schema: Schema }>;
}
type Reference = { readonly $ref: string };
interface OperationDescription {
  readonly operationId: string;
  readonly parameters?: readonly (Parameter | Reference)[];
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Record<string, Content | Reference>;
}
interface Extract {
  readonly api: {
    readonly paths: Record<string, Record<string, OperationDescription>>;
    readonly components: {
      readonly parameters: Record<string, Parameter>;
      readonly responses: Record<string, Content>;
    };
  };
  readonly webhooks: { readonly events: Record<string, Schema> };
}

/** These parameters may hold slashes (GitHub marks them `x-multi-segment`). */
const MULTI_SEGMENT = new Set(['path', 'ref', 'basehead']);

/** Reads and indexes the description; about 10 ms, so once per stand-in. */
export function loadDescription(): Description {
  const extract = JSON.parse(readFileSync(new URL('openapi.json', import.meta.url), 'utf8')) as Extract;
  const { paths, components } = extract.api;
  const deref = <T>(value: T | Reference, kind: Record<string, T>): T | undefined =>
    typeof value === 'object' && value !== null && '$ref' in value ? kind[value.$ref.split('/').at(-1) ?? ''] : value;

  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => {
      // GitHub ignores fields that it does not know. Here a typo must not pass.
      const body = described.requestBody?.content?.['application/json']?.schema;
      if (body?.['properties'] !== undefined) body['additionalProperties'] ??= false;
      return {
        operation: { id: described.operationId, method: method.toUpperCase(), path },
        described,
        names: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
        pattern: new RegExp(
          `^${path.replace(/\{(\w+)\}/g, (_, name: string) => (MULTI_SEGMENT.has(name) ? '(.+)' : '([^/]+)'))}$`,
        ),
      };
    }),
  );
  // A parameter that may hold slashes must not swallow what a longer path means.
  routes.sort((a, b) => segments(b.operation) - segments(a.operation));
  const byId = new Map(routes.map((route) => [route.operation.id, route]));
  const describe = ({ id }: Operation): OperationDescription => {
    const route = byId.get(id);
    if (!route) throw new Error(`${id} is not in openapi.json: add it to OPERATIONS in extract.mjs`);
    return route.described;
  };

  const exact = createAjv(extract, false);
  const coercing = createAjv(extract, true);
  const parameterChecks = new Map<string, ValidateFunction>();

  return {
    find(method, path) {
      for (const { operation, pattern, names } of routes) {
        const match = operation.method === method ? pattern.exec(path) : null;
        if (!match) continue;
        const values = names.map((name, i) => [name, decodeURIComponent(match[i + 1] ?? '')] as const);
        return { operation, values: Object.fromEntries(values) };
      }
      return undefined;
    },
    parameters(operation, given) {
      let check = parameterChecks.get(operation.id);
      if (!check) {
        const all = (describe(operation).parameters ?? []).map((each) => deref(each, components.parameters));
        const group = (place: string, extra: Schema): Schema => {
          const found = all.filter((each) => each?.in === place);
          return {
            type: 'object',
            properties: Object.fromEntries(found.map((each) => [each?.name, each?.schema])),
            required: found.filter((each) => each?.required).map((each) => each?.name),
            ...extra,
          };
        };
        const properties = { path: group('path', {}), query: group('query', { additionalProperties: false }) };
        check = coercing.compile({ $id: `api:${operation.id}`, type: 'object', properties });
        parameterChecks.set(operation.id, check);
      }
      return mismatches(check, given);
    },
    body(operation, body) {
      const { requestBody } = describe(operation);
      if (body === undefined) return requestBody?.required ? ['a body is required'] : [];
      if (!requestBody) return isEmpty(body) ? [] : ['takes no body'];
      const place = ['paths', operation.path, operation.method.toLowerCase(), 'requestBody'];
      return mismatches(compiled(exact, 'api', [...place, 'content', 'application/json', 'schema']), asRead(body));
    },
    answer(operation, status, body) {
      const stated = describe(operation).responses[String(status)];
      const response = stated && deref(stated, components.responses);
      if (!stated || !response) return [`status ${status} is not documented`];
      if (!response.content?.['application/json']) return body === undefined ? [] : ['no JSON body is documented'];
      const place =
        '$ref' in stated
          ? stated.$ref.split('/').slice(1)
          : ['paths', operation.path, operation.method.toLowerCase(), 'responses', String(status)];
      return mismatches(compiled(exact, 'api', [...place, 'content', 'application/json', 'schema']), asRead(body));
    },
    event(name, payload) {
      if (!extract.webhooks.events[name]) return [`${name} is not in openapi.json: add it to EVENTS in extract.mjs`];
      return mismatches(compiled(exact, 'webhooks', ['events', name]), asRead(payload));
    },
  };
}

function createAjv(extract: Extract, coerceTypes: boolean): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: coerceTypes && 'array', addUsedSchema: false });
  addFormats.default(ajv);
  // GitHub answers "" for an unset URL although its schema says `uri`.
  ajv.addFormat('uri', /^$|^[a-z][a-z0-9+.-]*:\S*$/i);
  for (const name of ['repo.nwo', 'timestamp', 'ssh-key', 'string', 'int64']) ajv.addFormat(name, true);
  ajv.addSchema({ $id: 'api', ...extract.api });
  ajv.addSchema({ $id: 'webhooks', ...extract.webhooks });
  return ajv;
}

/** The validator of one part of a document, found by JSON pointer; ajv keeps it. */
function compiled(ajv: Ajv, document: string, place: readonly string[]): ValidateFunction {
  const pointer = place.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  const found = ajv.getSchema(`${document}#/${pointer}`);
  if (!found) throw new Error(`openapi.json has no ${document}#/${pointer}`);
  return found;
}

function mismatches(check: ValidateFunction, data: unknown): Mismatches {
  if (check(data)) return [];
  return (check.errors ?? []).map(
    ({ instancePath, message = '', params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  );
}

/** The body as a reader without bigints sees it; ajv takes no bigint for an integer. */
const asRead = (body: unknown): unknown => (body === undefined ? undefined : JSON.parse(toJson(body)));

const segments = ({ path }: Operation): number => path.split('/').length;

const isEmpty = (body: unknown): boolean => typeof body === 'object' && body !== null && Object.keys(body).length === 0;
