/** The file of access tokens, changed while Landfall runs. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readTokens } from '../../workers/settings.ts';
import { followTokens } from '../../workers/tokens.ts';
import { tempDir } from '../support/tmp.ts';

const lineOf = (name: string) => `${name}:${name.repeat(40).slice(0, 40)}\n`;

function followed() {
  const file = join(tempDir(), 'tokens');
  writeFileSync(file, lineOf('ada'));
  const changes: unknown[] = [];
  const tokens = followTokens(file, readTokens(file), (error) => changes.push(error));
  return { file, changes, names: () => tokens().map(({ name }) => name) };
}

test('who is added may come in at once, and who is removed may not any more [F6]', () => {
  const { file, changes, names } = followed();
  expect(names()).toEqual(['ada']);
  writeFileSync(file, lineOf('ada') + lineOf('ben'));
  expect([names(), names()]).toEqual([
    ['ada', 'ben'],
    ['ada', 'ben'],
  ]);
  writeFileSync(`${file}.new`, lineOf('ben'));
  renameSync(`${file}.new`, file);
  expect(names()).toEqual(['ben']);
  expect(changes).toEqual([undefined, undefined]);
});

test('a file that cannot be used leaves the tokens before it in force, and is reported once [F6]', () => {
  const { file, changes, names } = followed();
  writeFileSync(file, 'ben:short\n');
  expect([names(), names()]).toEqual([['ada'], ['ada']]);
  rmSync(file);
  expect([names(), names()]).toEqual([['ada'], ['ada']]);
  expect(changes).toEqual([
    expect.objectContaining({ message: expect.stringContaining('NAME:TOKEN') }),
    expect.objectContaining({ message: expect.stringContaining('ENOENT') }),
  ]);
  expect(String(changes[0])).not.toContain('short');
  writeFileSync(file, lineOf('cleo'));
  expect(names()).toEqual(['cleo']);
});
