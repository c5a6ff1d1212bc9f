import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import { readDeploySecrets } from '../../workers/settings.ts';
import { tempDir } from '../support/tmp.ts';

function file(text: string): string {
  const path = join(tempDir(), 'deploy-secrets');
  writeFileSync(path, text);
  return path;
}

test('deploy secrets are read by name, and do not print [C1]', () => {
  const secrets = readDeploySecrets(file('# CI\nactions:0123456789abcdef\n\njenkins:with:a-colon-0123456789\n'));
  expect(secrets.map(({ name, secret }) => [name, secret.reveal()])).toEqual([
    ['actions', '0123456789abcdef'],
    ['jenkins', 'with:a-colon-0123456789'],
  ]);
  expect(inspect(secrets)).not.toContain('0123456789');
});

test.each([
  ['a name that cannot be part of a workflow id', 'ok:0123456789abcdef\nour/ci:0123456789abcdef', 'entry 2: the name'],
  ['a secret that could be guessed', 'ci:short', 'entry 1: use NAME:TOKEN'],
])('%s is refused at the start, by its place and not by what it says [C1]', (_name, text, words) => {
  expect(() => readDeploySecrets(file(text))).toThrow(words);
  expect(() => readDeploySecrets(file(text))).not.toThrow(/0123456789abcdef|short/);
});
