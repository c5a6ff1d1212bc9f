import { expect, test } from '@jest/globals';
import { readLandfallYaml, type ReadResult } from '../../../contracts/config/landfall-yaml.ts';
import { HOSTILE } from './hostile-yaml.ts';

/** Processor time, which other work on the machine does not use up. The first text is read with a cold parser. */
const LIMIT_MS = 200;

test.each(Object.keys(HOSTILE))(
  'a landfall.yaml of %s is refused within 200 ms, in at most 100 problems [B4][G5]',
  (name) => {
    const text = HOSTILE[name] ?? '';
    // The collector of garbage works for the whole process: a text that it held up gets two more tries.
    const tries: { read: ReadResult; ms: number }[] = [];
    do {
      const before = process.cpuUsage();
      const read = readLandfallYaml(text);
      const { user, system } = process.cpuUsage(before);
      tries.push({ read, ms: (user + system) / 1_000 });
    } while (tries.length < 3 && (tries.at(-1)?.ms ?? 0) >= LIMIT_MS);
    expect(Math.min(...tries.map(({ ms }) => ms))).toBeLessThan(LIMIT_MS);
    for (const { read } of tries) {
      const problems = read.ok ? [] : read.problems;
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.length).toBeLessThanOrEqual(100);
      for (const { line, column, path, message } of problems) {
        expect(line).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
        expect(path.length + message.length).toBeLessThan(1_000);
      }
    }
  },
);

test('a large file that means something is read whole: 50 services in 10 environments [B4]', () => {
  const names = Array.from({ length: 50 }, (_, index) => `service-${index}`);
  const text = [
    'version: 1',
    'services:',
    ...names.map(
      (name) =>
        `  ${name}:\n    # what it is\n    run: { port: 8080, env: { A: 1.10, B: yes, C: "text" } }\n    health: { path: /health }`,
    ),
    'environments:',
    ...Array.from({ length: 10 }, (_, index) => [
      `  env-${index}:`,
      `    branch: b${index}`,
      '    target:',
      '      podman:',
      '        hosts: [one]',
      '        publish:',
      ...names.map((name, port) => `          ${name}: ${20_000 + index * 100 + port}`),
    ]).flat(),
  ].join('\n');
  const read = readLandfallYaml(text);
  expect(read.ok ? Object.keys(read.value.services) : read.problems).toEqual(names);
});

test('the last of many problems says how many more there are [F6]', () => {
  const text = `version: 1\nservices:\n${Array.from({ length: 100 }, (_, index) => `  a${index}: { x: 1, y: 1 }\n`).join('')}`;
  const read = readLandfallYaml(text);
  expect(read.ok ? [] : read.problems).toHaveLength(100);
  expect(read.ok ? undefined : read.problems.at(-1)?.message).toBe('and 101 more problems');
});

test('two equal keys are refused at the second one, however they are written [B4]', () => {
  for (const [text, line, column] of [
    ['version: 1\nservices: { web: {} }\nversion: 1', 3, 1],
    ['version: 1\nservices:\n  web: {}\n  "web": {}\n', 4, 3],
    ['{version: 1, services: {a: {}, b: {}, a: {}}}', 1, 39],
  ] as const) {
    const read = readLandfallYaml(text);
    expect(read.ok ? [] : read.problems).toEqual([
      { line, column, path: '', message: expect.stringMatching(/^Map keys must be unique: "\w+"/) as unknown },
    ]);
  }
});

test.each([
  ['an alias before its anchor', 'version: 1\nservices: { web: *w }\nx: &w {}\n', 2, /no anchor &w/],
  ['a tag that changes values', 'version: 1\nservices: !!set { web }\n', 2, /tag/],
  ['a list as a key', 'version: 1\nservices: { [a]: {} }\n', 2, /key is one text/],
  ['a second document', 'version: 1\nservices: { web: {} }\n---\nversion: 1\n', 3, /second document/],
  ['another version of YAML', '%YAML 1.1\n---\nversion: 1\nservices: { web: {} }\n', 1, /1\.2/],
  ['bytes that are not UTF-8', 'version: 1\nservices: { web: { run: { env: { A: "caf\uFFFD" } } } }\n', 2, /UTF-8/],
])('%s is refused in words, with its line [B4]', (_name, text, line, message) => {
  const read = readLandfallYaml(text);
  expect(read.ok ? [] : read.problems).toEqual([
    { line, column: expect.any(Number) as unknown, path: '', message: expect.stringMatching(message) as unknown },
  ]);
});
