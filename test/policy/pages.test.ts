/** The pages about settings, `landfall.yaml`, reasons and commands, held to the code. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { SKIP_REASONS } from '../../contracts/admission/decision.ts';
import { readLandfallYaml } from '../../contracts/config/landfall-yaml.ts';
import { EVENTS } from '../../contracts/inbox/events/events.ts';
import { lackingWanted, NEEDED_PERMISSIONS } from '../../contracts/config/installation.ts';
import { VERBS } from '../../contracts/github/verbs/verbs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PRODUCT = ['contracts', 'workflows', 'activities', 'workers', 'api', 'store', 'cli', 'infra'];

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const listed = (...patterns: readonly string[]): string[] =>
  execFileSync('git', ['ls-files', '-z', ...patterns], { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean);
const found = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name = '']) => name);
const sorted = (names: Iterable<string>): string[] => [...new Set(names)].toSorted();

describe('variables of the environment', () => {
  const code = listed('*.ts', '*.mjs', '*.js')
    .filter((path) => PRODUCT.some((room) => path.startsWith(`${room}/`)))
    .map(read)
    .join('\n');
  /** A name in quotes, or as the key of a schema. An identifier such as `LANDFALL_YAML` is no variable. */
  const inCode = sorted([
    ...found(code, /['"`]((?:LANDFALL|GITHUB|TEMPORAL)_[A-Z_]+)['"`]/g),
    ...found(code, /^\s+((?:LANDFALL|GITHUB|TEMPORAL)_[A-Z_]+):/gm),
  ]);
  const documented = sorted(found(read('docs/install.md'), /`((?:LANDFALL|GITHUB|TEMPORAL)_[A-Z_]+)`/g));

  test('are all in docs/install.md, and no others', () => {
    expect(inCode.length).toBeGreaterThan(40);
    expect(documented).toEqual(inCode);
  });

  test('that any page names are ones that the code reads', () => {
    const pages = listed('*.md').filter((path) => !path.startsWith('docs/adr/') && !path.startsWith('test/'));
    const named = sorted(pages.flatMap((path) => found(read(path), /\b(LANDFALL_[A-Z_]+[A-Z])\b/g)));
    // A secret of the example job in docs/ci.md, which only that job reads.
    expect(named.filter((name) => !inCode.includes(name))).toEqual(['LANDFALL_DEPLOY_SECRET']);
  });
});

test('every reason not to deploy is in the table of docs/deploy.md', () => {
  const [section = ''] = /^## What is decided$[^]*?^## /m.exec(read('docs/deploy.md')) ?? [];
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  expect(sorted(rows.flatMap((row) => found(row.split('|')[1] ?? '', /`(\w+)`/g)))).toEqual(sorted(SKIP_REASONS));
});

test('every command by comment has its row in docs/commands.md, with the permission that it takes', () => {
  const rows = read('docs/commands.md')
    .split('\n')
    .filter((line) => line.startsWith('| `/'))
    .flatMap((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      return found(cells[1] ?? '', /\/([a-z]+)/g).map((verb) => [verb, cells.at(-2)] as const);
    });
  const verbs = Object.entries(VERBS).map(([verb, { needs }]) => [verb, needs] as const);
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(verbs));
});

test('the form of the GitHub App has every permission and event that Landfall takes', () => {
  const field = (name: string) =>
    new RegExp(`^ +[|] _${name}[^|]*[|](.*)[|]$`, 'm').exec(read('docs/github-app.md'))?.[1] ?? '';
  const level = { 'Read-only': 'read', 'Read and write': 'write' } as const;
  const permissions = [
    ...field('Repository permissions').matchAll(/_([A-Z][a-z ]+)_: (Read-only|Read and write)/g),
  ].map(
    ([, name = '', words = 'Read-only']) =>
      [name.toLowerCase().replaceAll(' ', '_'), level[words as keyof typeof level]] as const,
  );
  const granted = Object.fromEntries(permissions);
  expect(granted).toMatchObject(NEEDED_PERMISSIONS);
  expect(lackingWanted(granted)).toEqual([]);
  // GitHub sends those three to every App.
  const unasked = ['installation', 'installation_repositories', 'ping'];
  const events = found(field('Subscribe to events'), /_([A-Z][a-z ]+)_/g).map((name) =>
    name.toLowerCase().replaceAll(' ', '_'),
  );
  expect(sorted(events)).toEqual(sorted(EVENTS.map(({ event }) => event).filter((event) => !unasked.includes(event))));
});

test('every landfall.yaml that a page shows is valid, and gives no warning', () => {
  const shown = listed('docs/*.md').flatMap((path) =>
    [...read(path).matchAll(/^( *)```yaml\n([^]*?)^\1```$/gm)]
      .map(([, indent = '', text = '']) => text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''))
      .filter((text) => text.startsWith('version:') && text.includes('services:')),
  );
  expect(shown.length).toBeGreaterThanOrEqual(2);
  const wrong = shown.map((text) => readLandfallYaml(text)).flatMap((it) => (it.ok ? it.warnings : it.problems));
  expect(wrong).toEqual([]);
});
