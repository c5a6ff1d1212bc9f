/** A kind of target is known to its own folders and to the registries. Everything else takes whatever kind there is. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { SERVED_KINDS } from '../activities/targets/targets.ts';
import { KINDS } from '../contracts/config/targets/targets.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The files outside those folders that name a kind: three at most, each with its reason. */
const NAMING: Readonly<Record<string, string>> = {
  'cli/demo/example-app.ts': 'the landfall.yaml of the application that the demonstration deploys',
};
/** Files of the rooms that decide and remember that are about the program Podman, which builds, too. */
const ABOUT_THE_PROGRAM = ['contracts/config/host.ts', 'contracts/config/privileges.ts'];

/** Also those that are to come. */
const kinds = [...new Set([...Object.keys(KINDS), 'kubernetes', 'lambda'])].join('|');
/** An import of its folder or file, its name as a value, a look into its part, or its part of a landfall.yaml. */
const NAMED = new RegExp(
  `targets/(?:${kinds})[/.]|kind(?::| ===) '(?:${kinds})'|\\btarget\\.(?:${kinds})\\b|^\\s*(?:target: \\{ )?(?:${kinds}): \\{`,
  'm',
);
const WORD = new RegExp(kinds, 'i');

const sources = (...rooms: string[]): string[] =>
  execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', ...rooms], { cwd: ROOT })
    .toString()
    .split('\0')
    .filter((path) => path.endsWith('.ts') && !/^(?:contracts\/config|activities)\/targets\//.test(path));
const saying = (pattern: RegExp, paths: readonly string[]): string[] =>
  paths.filter((path) => pattern.test(readFileSync(join(ROOT, path), 'utf8')));

test('at most three files outside the folders of a kind name it [F4]', () => {
  const rooms = ['contracts', 'workflows', 'activities', 'workers', 'api', 'store', 'cli'];
  expect(saying(NAMED, sources(...rooms)).sort()).toEqual(Object.keys(NAMING).sort());
  expect(Object.keys(NAMING).length).toBeLessThanOrEqual(3);
});

test('what decides, remembers and listens does not so much as say its name [F4]', () => {
  expect(saying(WORD, sources('contracts', 'workflows', 'store', 'api')).sort()).toEqual(ABOUT_THE_PROGRAM);
});

test('the rule finds a kind in whatever way it is named', () => {
  const ways = [
    "import { podman } from '../activities/targets/podman/kind.ts';",
    "import { podman } from './targets/podman.ts';",
    "if (settings.kind === 'kubernetes') return;",
    'const { hosts } = environment.target.podman;',
    '    target:\n      lambda: { regions: [eu] }',
  ];
  expect(ways.filter((way) => !NAMED.test(way))).toEqual([]);
});

test('what landfall.yaml can name, a process can serve', () => {
  expect(Object.keys(SERVED_KINDS)).toEqual(Object.keys(KINDS));
});
