/** Commands that people are shown: on pages, in messages and in the documentation. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { createContext } from '../../cli/context.ts';
import { createProgram } from '../../cli/program.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FILES = ['*.md', 'docs/**/*.md', '{api,activities,cli,contracts,infra,store,workers,workflows}/**/*.ts'];
/** A command in code of a text or page, or on a line of its own in a shell example. */
const SHOWN = /(?:`|<code>)landfall ([a-z][^`<\n]*)|^(?:\$ )?(?:landfall|node cli\/main\.ts) ([a-z].*)$/gm;

const stream = () => new PassThrough();
const program = createProgram(
  createContext({
    ...{ stdin: stream(), stdout: stream(), stderr: stream(), cwd: ROOT, home: ROOT, env: {} },
    signal: new AbortController().signal,
  }),
);

/** @returns the part that the program does not know, or `undefined` */
function unknownIn(line: string): string | undefined {
  let command: Command = program;
  const words = line.split(/\s+/);
  while (command.commands.length > 0) {
    const word = words.shift();
    // `landfall step` as the name of a group.
    if (word === undefined || !/^[a-z-]+$/.test(word)) return command === program ? 'landfall' : undefined;
    const next = command.commands.find((one) => one.name() === word);
    if (!next) return word;
    command = next;
  }
  const options = words.flatMap((word) => /^\[?(--[a-z][a-z-]*)/.exec(word)?.[1] ?? []);
  return options.find((option) => option !== '--help' && !command.options.some(({ long }) => long === option));
}

const shown = globSync(FILES, { cwd: ROOT })
  .filter((file) => !file.startsWith('CHANGELOG'))
  .flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(SHOWN)].map(([, code, line]) => ({
      file,
      line: (code ?? line ?? '').replaceAll('\\', '').trim(),
    })),
  );

test('every command that a page, a message or the documentation shows is one that the program has, with its options [F5]', () => {
  expect(shown.length).toBeGreaterThan(80);
  expect(shown.filter(({ line }) => unknownIn(line) !== undefined)).toEqual([]);
});

test('every script that the documentation has people run is there [F5]', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly scripts: object };
  const named = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/npm run ([a-z][a-z:-]*)/g)].map(([, name = '']) => name),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});

test.each([
  ['init', 'init'],
  ['service remove shop/web', 'remove'],
  ['deploy shop/web -e production --tagg v1', '--tagg'],
  ['step', undefined],
  ['history PROJECT/SERVICE ENVIRONMENT', undefined],
])('of `landfall %s` the program does not know %s [F5]', (line, unknown) => {
  expect(unknownIn(line)).toBe(unknown);
});
