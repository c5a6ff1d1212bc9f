/** What every operation of the HTTP API makes of values that nobody should send: taken from its own description. */
import { describe, expect, test } from '@jest/globals';
import { listAudit } from '../../store/queries/views.ts';
import { NO_TEMPORAL, startApi } from './harness.ts';
import { seedDeployment, seedService } from './seed.ts';

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly $ref?: string;
}
interface Described {
  readonly parameters?: readonly { readonly name: string; readonly in: 'path' | 'query'; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: { readonly 'application/json'?: { readonly schema: Schema } } };
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

const api = await startApi({ address: NO_TEMPORAL });
await seedService(api.store);
await seedDeployment(api.store, { sequence: 1 });
const description = JSON.parse(await (await api.ask('/api/openapi.json')).text()) as Description;

const operations = Object.entries(description.paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  ) // prettier-ignore
  // A host's own token opens these, or a signature; what they take has tests beside them.
  .filter(({ path }) => !/^\/(?:deploy|api\/hosts|api\/logs)\b/.test(path));

const HOSTILE = [
  '--upload-pack=x', ';$(reboot)', '`id`', 'a\nb', '../../etc/passwd', '..%2f..%2fetc', '<script>alert(1)</script>', "'; drop table releases; --",
  '\u202e', '💥', 'a'.repeat(5_000), 'null', '-1', '9'.repeat(40), '[object Object]', ' ',
]; // prettier-ignore
/** Of none of which a JSON schema says anything good for any field, one way or another. */
const WRONG_TYPES = [null, { $ne: null }, [[]], Number.MAX_VALUE];
const REFUSED: ReadonlySet<number> = new Set([400, 404, 409, 413, 415, 422]);

/** Nothing of it exists: what gets past its schema ends there, and asks nobody else. */
const UNKNOWN: Readonly<Record<string, string>> = { project: 'no', service: 'such', environment: 'thing', id: 'no.such.thing.1', step: 'release' }; // prettier-ignore
/** Of the seeded deployment, so that a request gets past its path. */
const KNOWN: Readonly<Record<string, string>> = { project: 'shop', service: 'web', environment: 'production', id: 'shop.web.production.1', step: 'release' }; // prettier-ignore

function address(path: string, values: Readonly<Record<string, string>> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? KNOWN[name] ?? 'x'));
}

const bodyOf = ({ requestBody }: Described): Schema | undefined => {
  const schema = requestBody?.content['application/json']?.schema;
  const name = schema?.$ref?.split('/').at(-1);
  return name === undefined ? schema : description.components?.schemas?.[name];
};

const send = (method: string, path: string, body?: string) =>
  api.ask(path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && method !== 'GET' && { body }),
  });

/** Refused with a sentence that a person can act on. */
async function expectRefusal(answer: Response, about: unknown, statuses: ReadonlySet<number>): Promise<void> {
  expect([about, answer.status, statuses.has(answer.status)]).toEqual([about, answer.status, true]);
  const problem = (await answer.json()) as { readonly detail?: unknown };
  expect([about, problem.detail]).toEqual([about, expect.stringMatching(/\S+ \S+/)]);
}

const withBody = operations.filter(({ operation }) => bodyOf(operation) !== undefined);
const withParameters = operations.filter(({ operation }) => (operation.parameters ?? []).length > 0);

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

  test.each(withBody)('$method $path refuses values of the wrong type in each field [F6]', async ({ method, path, operation }) => {
    for (const field of Object.keys(bodyOf(operation)?.properties ?? {})) {
      for (const wrong of WRONG_TYPES) {
        const body = JSON.stringify({ [field]: wrong });
        await expectRefusal(await send(method, address(path), body), body, new Set([400, 422]));
      }
    }
  }); // prettier-ignore

  test.each(withBody)('$method $path breaks on no hostile text [F6]', async ({ method, path, operation }) => {
    for (const field of Object.keys(bodyOf(operation)?.properties ?? {})) {
      for (const text of HOSTILE) {
        const body = JSON.stringify({ [field]: text });
        await expectRefusal(await send(method, address(path, UNKNOWN), body), body.slice(0, 60), REFUSED);
      }
    }
  });

  test.each(withParameters)('$method $path refuses hostile names and numbers [F6]', async ({ method, path, operation }) => {
    for (const { name, in: where } of operation.parameters ?? []) {
      for (const text of HOSTILE) {
        const about = [name, text.slice(0, 40)];
        if (where === 'path') {
          const answer = await send(method, address(path, { ...UNKNOWN, [name]: text }), '{}');
          if (method !== 'GET' || answer.status !== 200) await expectRefusal(answer, about, REFUSED);
        } else {
          const answer = await send(method, `${address(path)}?${name}=${encodeURIComponent(text)}`, '{}');
          if (answer.status !== 200) await expectRefusal(answer, about, REFUSED);
        }
      }
    }
  }); // prettier-ignore

  test('and none of it has left anything behind [A8]', async () => {
    const events = await listAudit(api.store.db, { limit: 200 });
    expect(events.filter(({ actor }) => actor === 'token:ada')).toEqual([]);
  });
});
