/** The form of what is written here: comments, texts and exported names. See docs/architecture.md, "Words". */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { commentsOf, textsOf, type Sentence } from './comments.ts';
import { doubles, exportedNames } from './names.ts';
import { dangles, isVague } from './words.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PRODUCT = ['contracts', 'workflows', 'activities', 'workers', 'api', 'store', 'cli', 'infra'];
const WORST = 40;

const files = execFileSync('git', ['ls-files', '-z', '*.ts', '*.mjs', '*.js'], { cwd: ROOT, encoding: 'utf8' })
  .split('\0')
  .filter(Boolean);
const filesOf = (rooms: readonly string[]): string[] =>
  files.filter((path) => rooms.some((room) => path.startsWith(`${room}/`)));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The share, in percent, of the sentences that are not written as they should be; above the budget, the first of them. */
function expectWithin(budget: number, sentences: readonly Sentence[], isWrong: (text: string) => boolean): void {
  const wrong = sentences.filter(({ text }) => isWrong(text));
  const share = (100 * wrong.length) / sentences.length;
  const worst = wrong.slice(0, WORST).map(({ path, line, text }) => `${path}:${line}: ${text.slice(0, 120)}`);
  expect(
    share <= budget ? [] : [`${share.toFixed(1)} % of ${sentences.length}, more than ${budget} %`, ...worst],
  ).toEqual([]);
}

describe('comments', () => {
  /** In percent of a room's comments: execa, the anchor, has 2.8 that begin with a dangling word. */
  const BUDGET = 3;

  describe.each([...PRODUCT, 'test'])('of %s', (room) => {
    const comments = filesOf([room]).flatMap((path) => commentsOf(path, read(path)));

    test('begin with their subject', () => expectWithin(BUDGET, comments, dangles));
    test('name who does a thing', () => expectWithin(BUDGET, comments, isVague));
  });

  test('are told apart from what looks like one', () => {
    const source = [
      'const a = `// no ${/* Of a template. */ b} /* no */`; // Said at the end.',
      "const c = '/* no */' + /[/]* no *[/]/.source;",
      '/**',
      ' * What it keeps.',
      ' * @throws never',
      ' */',
      '// One',
      '// comment.',
      'export const d = 1;',
    ].join('\n');
    expect(commentsOf('a.ts', source).map(({ line, text }) => `${line}: ${text}`)).toEqual([
      '1: Of a template.',
      '1: Said at the end.',
      '3: What it keeps. @throws never',
      '7: One comment.',
    ]);
  });

  test.each([
    ['Whose clock is behind asks for nothing.', true],
    ['When it was built.', true],
    ['When it is full, the oldest goes.', false],
    ['Where a service is: `null` for none.', true],
    ['A host, by name.', false],
  ])('%s', (text, expected) => expect(dangles(text)).toBe(expected));
});

describe('texts of the product', () => {
  const texts = filesOf(PRODUCT).flatMap((path) => textsOf(path, read(path)));

  test('begin with their subject', () => expectWithin(2, texts, dangles));
  test('name who does a thing', () => expectWithin(2, texts, isVague));
});

describe('an exported name of the product', () => {
  const double = doubles(filesOf(PRODUCT).flatMap((path) => exportedNames(path, read(path))));

  /** Kinds of target are alike inside: each has the same things and operations, under the same names, once. */
  const KIND = /^activities\/targets\/([^/]+)\//;
  function meanings(paths: readonly string[]): number {
    const kinds = Map.groupBy(paths, (path) => KIND.exec(path)?.[1]);
    const outside = kinds.get(undefined)?.length ?? 0;
    kinds.delete(undefined);
    return outside + Math.max(0, ...[...kinds.values()].map(({ length }) => length));
  }

  test('is one type, everywhere, or one in each kind of target', () => {
    const found = [...double].filter(([, { paths, type }]) => type && meanings(paths) > 1);
    expect(found.map(([name, { paths }]) => `${name}: ${paths.join(', ')}`)).toEqual([]);
  });

  test.each([
    [['activities/targets/podman/run.ts', 'activities/targets/kubernetes/run.ts'], 1],
    [['activities/targets/podman/run.ts', 'activities/targets/podman/runs.ts'], 2],
    [['activities/targets/podman/run.ts', 'activities/targets/run.ts'], 2],
    [['api/run.ts', 'cli/run.ts'], 2],
  ])('%j: %d', (paths, expected) => expect(meanings(paths)).toBe(expected));

  /** An operation has one name at each of its doors and where it is carried out: that one place is no second meaning. */
  const DOORS = ['api/operations/', 'cli/client/', 'cli/commands/', 'contracts/github/verbs/', 'workflows/messages/'];
  const isDoor = (path: string): boolean => DOORS.some((door) => path.startsWith(door));

  test('is one function or value, everywhere, or one operation at its doors', () => {
    const found = [...double].filter(
      ([, { paths, type }]) => !type && meanings(paths.filter((path) => !isDoor(path))) > 1,
    );
    expect(found.map(([name, { paths }]) => `${name}: ${paths.join(', ')}`)).toEqual([]);
  });
});

test('each word of the glossary is exported where the glossary says', () => {
  const [, glossary = ''] = /^## Words$([^]*?)^## /m.exec(read('docs/architecture.md')) ?? [];
  const rows = [...glossary.matchAll(/`(\w+)` in `([\w./-]+)` *\|$/gm)].map(([, name = '', path = '']) => ({
    name,
    path,
  }));
  expect(rows.length).toBeGreaterThan(40);
  const isExported = ({ name, path }: { readonly name: string; readonly path: string }): boolean =>
    exportedNames(path, read(path)).some((one) => one.name === name);
  expect(rows.filter((row) => !isExported(row))).toEqual([]);
});
