import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import * as api from '../../../contracts/http/api.ts';
import * as deploy from '../../../contracts/http/deploy.ts';
import { HostSettings } from '../../../contracts/config/host.ts';
import { readLandfallYaml } from '../../../contracts/config/landfall-yaml.ts';
import { schemaProblems, schemaSentence } from '../../../contracts/core/schema-problems.ts';

/** Zod's own messages, for a schema without one: types of programs, or nothing at all. */
const GENERIC = /Invalid |Too (?:big|small)|expected \w+, received|undefined|\bNaN\b|\[object/;

const FULL = {
  version: 1,
  project: 'shop',
  services: {
    web: {
      root: 'web',
      paths: ['web', '!web/docs'],
      build: { builder: 'auto', dockerfile: 'Dockerfile', args: { A: 'a' }, timeout: '15m', contextLimit: '500mb' },
      run: { port: 8080, command: ['serve'], env: { B: 'b' }, stopTimeout: '10s', memory: '256mb' },
      health: { kind: 'http', path: '/', status: 200, timeout: '5s', attempts: 15, firstWait: '1s', maxWait: '60s' },
      release: { command: ['migrate'], timeout: '10m' },
    },
  },
  environments: {
    production: {
      branch: 'main',
      autoDeploy: true,
      ci: '.github/workflows/ci.yml',
      production: true,
      queue: 'fifo',
      freeze: [
        { days: ['fri'], from: '16:00', to: '24:00', reason: 'weekend' },
        { from: '2030-12-24T00:00:00Z', to: '2030-12-27T00:00:00Z', reason: 'holidays' },
      ],
      approval: {
        from: { users: ['ann'], teams: ['acme/leads'], permission: 'admin' },
        count: 1,
        selfReview: false,
        remind: '1h',
        escalate: { after: '2h', to: { users: ['boss'], teams: [] } },
        expire: '4h',
      },
      onFailure: { wait: '30m' },
      issues: true,
      target: { podman: { hosts: ['one'], strategy: 'blue-green', publish: { web: 20_080 } } },
    },
  },
};

const WRONG: readonly unknown[] = [null, -1, 1.5, true, 'Not This!', [], ['Not This!'], { 'Not This!': {} }];

type Path = readonly (string | number)[];

/** The path of everything in it, itself left out. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys: Path[] = Array.isArray(value)
    ? value.map((_, index) => [...path, index])
    : Object.keys(value).map((key) => [...path, key]);
  const inner = Array.isArray(value) ? value : Object.values(value);
  return keys.flatMap((key, index) => [key, ...pathsOf(inner[index], key)]);
}

function replaced(value: unknown, [part, ...rest]: Path, by: unknown): unknown {
  if (part === undefined) return by;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (index === part ? replaced(item, rest, by) : item));
  }
  const entries = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(entries.map(([key, one]) => [key, key === part ? replaced(one, rest, by) : one]));
}

describe('a landfall.yaml', () => {
  test('with everything in it is valid [F6]', () => {
    expect(readLandfallYaml(JSON.stringify(FULL))).toMatchObject({ ok: true });
  });

  test.each(pathsOf(FULL).map((path) => [path.join('.'), path] as const))(
    'whose %s is wrong says so there, in words [F6]',
    (name, path) => {
      let refusals = 0;
      for (const wrong of WRONG) {
        const read = readLandfallYaml(JSON.stringify(replaced(FULL, path, wrong), null, 1));
        if (read.ok) continue;
        refusals += 1;
        for (const problem of read.problems) {
          expect(problem.message).not.toMatch(GENERIC);
          // A rule about two settings is reported at one of them, below the same environment or service.
          const near = path.slice(0, Math.max(2, path.length - 2)).join('.');
          expect([name, wrong, problem.path.startsWith(near) || name.startsWith(problem.path)]).toEqual([
            name,
            wrong,
            true,
          ]);
          expect(problem.line).toBeGreaterThan(0);
        }
      }
      expect(refusals).toBeGreaterThan(0);
    },
  );

  test.each(pathsOf(FULL).map((path) => [path.join('.'), path] as const))(
    'with an unrecognized key beside %s names that key [F6]',
    (_name, path) => {
      const parent = path.slice(0, -1);
      const last = path.at(-1);
      if (typeof last === 'number' || /^(?:services|environments|.*\.(?:env|args|publish))$/.test(parent.join('.')))
        return;
      const holder = parent.reduce<unknown>((value, part) => (value as Record<string | number, unknown>)[part], FULL);
      const read = readLandfallYaml(JSON.stringify(replaced(FULL, parent, { ...(holder as object), prot: 1 })));
      expect(read.ok ? [] : read.problems).toMatchObject([
        {
          path: parent.join('.'),
          message: `unrecognized key "prot"${Object.hasOwn(holder as object, 'port') ? ': did you mean "port"?' : ''}`,
        },
      ]);
    },
  );

  const freeze = (window: string) => {
    const read = readLandfallYaml(
      `version: 1\nservices: { web: {} }\nenvironments:\n  p:\n    target: { podman: { hosts: [a], publish: { web: 1024 } } }\n    freeze:\n      - ${window}\n`,
    );
    return read.ok ? [] : read.problems.map(({ path, message }) => `${path}: ${message}`);
  };

  test.each([
    ['{ days: [friday], from: "16:00", to: "24:00" }', /^environments\.p\.freeze\.0\.days\.0: use sun, mon/],
    ['{ days: [fri], from: "4pm", to: "24:00" }', /^environments\.p\.freeze\.0\.from: use HH:MM/],
    ['{ days: [fri], from: "16:00" }', /^environments\.p\.freeze\.0\.to: it is missing/],
    ['{ from: yesterday, to: 2030-01-01T00:00:00Z }', /^environments\.p\.freeze\.0\.from: use a moment/],
    ['weekend', /^environments\.p\.freeze\.0: use a map/],
  ])('whose freeze window is %s is told about the form that was meant [F6]', (window, words) => {
    expect(freeze(window)).toEqual([expect.stringMatching(words)]);
  });

  test.each([
    ['services: { web: { buidl: {} } }', 'services.web: unrecognized key "buidl": did you mean "build"?'],
    ['services: { web: { run: { enw: {} } } }', 'services.web.run: unrecognized key "enw": did you mean "env"?'],
    ['services: { web: { colour: red } }', 'services.web: unrecognized key "colour"'],
    [
      'services: { web: {} }\nenvironments: { p: { target: { podman: { host: [a] } } } }',
      'environments.p.target.podman: unrecognized key "host": did you mean "hosts"?',
    ],
  ])('with a key that is a typing error, as in %p, says which was meant [F6]', (text, words) => {
    const read = readLandfallYaml(`version: 1\n${text}\n`);
    const said = read.ok ? [] : read.problems.map(({ path, message }) => `${path}: ${message}`);
    expect(said).toContain(words);
  });

  test('with thousands of unrecognized keys is refused at once [F6][F2]', () => {
    const keys = Array.from({ length: 2_500 }, (_, index) => `service${index}: 1`).join('\n');
    const before = performance.now();
    const read = readLandfallYaml(`version: 1\nservices: {}\nenvironments: {}\n${keys}\n`);
    expect(read.ok ? [] : read.problems).toHaveLength(100);
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  test('whose names are no names says which, where, and what to write [F6]', () => {
    const read = readLandfallYaml('version: 1\nservices:\n  Web_App: {}\n');
    expect(read.ok ? [] : read.problems).toEqual([
      {
        line: 3,
        column: 3,
        path: 'services.Web_App',
        message: 'use lower-case letters, digits and dashes, 40 at most',
      },
    ]);
  });
});

const SCHEMAS = Object.entries({ ...api, ...deploy, HostSettings }).flatMap(([name, schema]) =>
  schema instanceof z.ZodType ? [[name, schema] as const] : [],
);

test.each(SCHEMAS)('what %s refuses is said in words, at the place that is wrong [F6]', (_name, schema) => {
  const fields = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const values = WRONG.flatMap((wrong) => [
    wrong,
    ...fields.map((field) => ({ [field]: wrong })),
    Object.fromEntries(fields.map((field) => [field, wrong])),
  ]);
  for (const value of values) {
    const { error } = schema.safeParse(value);
    if (!error) continue;
    expect(schemaSentence(error)).not.toMatch(GENERIC);
    for (const { path } of schemaProblems(error.issues)) {
      expect(path.length === 0 || fields.length === 0 || fields.includes(String(path[0]))).toBe(true);
    }
  }
});
