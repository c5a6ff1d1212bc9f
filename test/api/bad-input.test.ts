/** Every operation of the HTTP API with values that no client should send, taken from its own description. */
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { listDecisions } from '../../store/queries/decisions.ts';
import { listReleases } from '../../store/queries/release-views.ts';
import { listVariables } from '../../store/queries/variables.ts';
import { listAudit, listServices } from '../../store/queries/views.ts';
import { asked } from './deploy/asking.ts';
import { HOST_TOKEN, NO_TEMPORAL, startApi } from './harness.ts';
import { seedDeployment, seedService } from './seed.ts';

interface Schema {
  readonly type?: string;
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly $ref?: string;
}
interface Described {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: 'path' | 'query' | 'header';
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: { readonly 'application/json'?: { readonly schema: Schema } } };
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

const api = await startApi({ address: NO_TEMPORAL });
await seedService(api.store);
const SEEDED = await seedDeployment(api.store, { sequence: 1 });
const description = JSON.parse(await (await api.ask('/api/openapi.json')).text()) as Description;

const operations = Object.entries(description.paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  // Operations for CI systems come first, then those for people.
  .toSorted((one, other) => Number(other.path.startsWith('/deploy')) - Number(one.path.startsWith('/deploy')));

/** A branch may be called so. */
const EMOJI = '💥';
/** Only fields of {@link WORDS} may take these. */
const HOSTILE = [
  '--upload-pack=x',
  ';$(reboot)',
  '`id`',
  'a\nb',
  '../../etc/passwd',
  '..%2f..%2fetc',
  '<script>alert(1)</script>',
  "'; drop table releases; --",
  '\u202e',
  EMOJI,
  'a'.repeat(5_000),
  '-1',
  '[object Object]',
  ' ',
];
/** Odd, but there may be something of that name. */
const ODD = ['null', '9'.repeat(41)];
/** People write these for people: any text that is not too long is fine; pages show it as text. */
const WORDS: ReadonlySet<string> = new Set(['reason', 'note']);
/** Named as git names them. */
const BRANCHES: ReadonlySet<string> = new Set(['branch', 'ref', 'tag']);
/** No JSON schema accepts any of these for any field. */
const WRONG_TYPES = [null, { $ne: null }, [[]], Number.MAX_VALUE];
const REFUSED: ReadonlySet<number> = new Set([400, 401, 404, 409, 413, 415, 422]);

/** Nothing of this name exists: a value that passes its schema fails there, before any other system is called. */
const UNKNOWN: Readonly<Record<string, string>> = {
  ...{ project: 'no', service: 'such', environment: 'thing', id: 'no.such.thing.1', deployment: 'no.such.thing.1' },
  ...{ stream: 'deployment-no.such.thing.1', step: 'release' },
};
/** The seeded deployment's names, so that a request gets past its path. */
const KNOWN: Readonly<Record<string, string>> = {
  ...{ project: 'shop', service: 'web', environment: 'production', id: SEEDED, deployment: SEEDED },
  ...{ stream: `deployment-${SEEDED}`, step: 'release' },
};
/** The other fields that a body needs beside the value under test. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  ...{ project: 'shop', service: 'web', environment: 'production', reason: 'because', values: { A_NAME: 'a value' } },
  ...{ from: 'no-such-thing', to: 'such-a-thing' },
  ...{ cloneUrl: 'https://git.test/acme/shop.git', branch: 'main', image_sha: 'a'.repeat(40) },
};

function address(path: string, values: Readonly<Record<string, string>> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? KNOWN[name] ?? 'x'));
}

const bodyOf = ({ requestBody }: Described): Schema | undefined => {
  const schema = requestBody?.content['application/json']?.schema;
  const name = schema?.$ref?.split('/').at(-1);
  return name === undefined ? schema : description.components?.schemas?.[name];
};

/**
 * Uses the credentials that the operation needs: a CI system signs, a host has a token of its own, all others are
 * signed in.
 */
async function send(method: string, path: string, body?: string, headers: Readonly<Record<string, string>> = {}) {
  if (/^\/deploy\b/.test(path)) {
    const signed = asked({ body: body ?? '', headers });
    return api.app.request(path, method === 'GET' ? { headers: signed.headers } : signed, {});
  }
  const isHost = path.startsWith('/api/hosts/') || (path.startsWith('/api/logs/') && method !== 'GET');
  return api.ask(path, {
    method,
    headers: {
      'content-type': path.startsWith('/api/logs/') ? 'application/x-ndjson' : 'application/json',
      ...(isHost && { authorization: `Bearer ${HOST_TOKEN}` }),
      ...headers,
    },
    ...(body !== undefined && method !== 'GET' && { body }),
  });
}

/** With all that it needs, and the one value. */
function completeBody(schema: Schema | undefined, field: string, value: unknown): string {
  const others = (schema?.required ?? []).filter((name) => name !== field);
  expect(others.filter((name) => SAMPLES[name] === undefined)).toEqual([]);
  return JSON.stringify({ ...Object.fromEntries(others.map((name) => [name, SAMPLES[name]])), [field]: value });
}

/** Refused with a sentence that a person can act on, and that no browser could take for HTML. */
async function expectRefusal(answer: Response, about: unknown, statuses: ReadonlySet<number>): Promise<void> {
  expect([about, answer.status, statuses.has(answer.status)]).toEqual([about, answer.status, true]);
  const type = answer.headers.get('content-type');
  const text = await answer.text();
  expect([about, type, text.includes('<')]).toEqual([about, 'application/problem+json', false]);
  const problem = JSON.parse(text) as { readonly detail?: unknown };
  expect([about, problem.detail]).toEqual([about, expect.stringMatching(/\S+ \S+/)]);
}

/** True for a text that a header can carry at all. */
const isHeader = (text: string): boolean => /^[!-~](?:[ -~]*[!-~])?$/.test(text);

const withBody = operations.filter(({ operation }) => bodyOf(operation) !== undefined);
const withParameters = operations.filter(({ operation }) => (operation.parameters ?? []).length > 0);

const before = await everything();
/** All that a request could leave behind. */
async function everything() {
  const { db } = api.store;
  const key = { project: 'shop', service: 'web', environment: 'production' };
  return {
    services: await listServices(db),
    releases: await listReleases(db, { limit: 200 }),
    decisions: await listDecisions(db, { limit: 200 }),
    variables: await listVariables(db, key),
    audit: await listAudit(db, { limit: 200 }),
    logs: existsSync(api.deps.logDir) ? readdirSync(api.deps.logDir) : [],
  };
}

describe('the HTTP API', () => {
  test('describes its operations, so that this file reaches them', () => {
    expect(operations.length).toBeGreaterThan(30);
    expect(withBody.length).toBeGreaterThan(8);
    expect(withParameters.length).toBeGreaterThan(20);
  });

  test.each(withBody)('$method $path refuses a body that is none [F6]', async ({ method, path }) => {
    for (const body of ['{', '[]', '"text"', '7', 'null', `{"a":"${'x'.repeat(2 * 1024 * 1024)}"}`]) {
      const sent = body.slice(0, 20);
      await expectRefusal(await send(method, address(path), body), sent, new Set([400, 413, 422]));
    }
  });

  test.each(withBody)(
    '$method $path refuses values of the wrong type in each field [F6]',
    async ({ method, path, operation }) => {
      for (const field of Object.keys(bodyOf(operation)?.properties ?? {})) {
        for (const wrong of WRONG_TYPES) {
          const body = JSON.stringify({ [field]: wrong });
          await expectRefusal(await send(method, address(path), body), body, new Set([400, 422]));
        }
      }
    },
  );

  test.each(withBody)(
    '$method $path refuses hostile text in each field, where all else is right [F6]',
    async ({ method, path, operation }) => {
      const schema = bodyOf(operation);
      for (const [field, { additionalProperties }] of Object.entries(schema?.properties ?? {})) {
        if (WORDS.has(field)) continue;
        for (const text of HOSTILE) {
          if (BRANCHES.has(field) && text === EMOJI) continue;
          // If names are the caller's own, the hostile text is the name.
          const value = additionalProperties === undefined || field !== 'values' ? text : { [text]: 'a value' };
          const body = completeBody(schema, field, value);
          await expectRefusal(await send(method, address(path), body), body.slice(0, 80), REFUSED);
        }
      }
    },
  );

  test.each(withBody)(
    '$method $path breaks on no odd text where nothing of the name exists [F6]',
    async ({ method, path, operation }) => {
      for (const field of Object.keys(bodyOf(operation)?.properties ?? {})) {
        for (const text of [...HOSTILE, ...ODD]) {
          const body = JSON.stringify({ [field]: text });
          await expectRefusal(await send(method, address(path, UNKNOWN), body), body.slice(0, 60), REFUSED);
        }
      }
    },
  );

  test.each(withParameters)(
    '$method $path refuses hostile names and numbers [F6]',
    async ({ method, path, operation }) => {
      for (const { name, in: where } of operation.parameters ?? []) {
        for (const text of [...HOSTILE, ...ODD]) {
          if (where === 'header' && !isHeader(text)) continue;
          const at = where === 'path' ? address(path, { [name]: text }) : address(path);
          const asking = where === 'query' ? `${at}?${name}=${encodeURIComponent(text)}` : at;
          const answer = await send(method, asking, '{}', where === 'header' ? { [name]: text } : {});
          // It only looks, whatever its method.
          const looks = method === 'GET' || path === '/api/validate';
          if (!looks || answer.status !== 200) await expectRefusal(answer, [name, text.slice(0, 40)], REFUSED);
          else await answer.body?.cancel();
        }
      }
    },
  );

  test('refuses a path that is none of its own without repeating it as HTML [F6]', async () => {
    for (const text of [...HOSTILE, ...ODD]) {
      for (const path of [`/api/${encodeURIComponent(text)}`, `/deploy/${encodeURIComponent(text)}/x`]) {
        await expectRefusal(await send('POST', path, '{}'), path.slice(0, 60), REFUSED);
      }
    }
  });

  test('and none of it has left anything behind [A8]', async () => {
    expect(await everything()).toEqual(before);
  });
});
