import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { expect, test } from '@jest/globals';
import { isRefName } from '../../../contracts/core/names.ts';

/** Outside of any repository, where no name stands for a branch of it. */
const cwd = tmpdir();
function gitTakes(name: string): boolean {
  try {
    execFileSync('git', ['check-ref-format', '--branch', name], { cwd, stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

const NAMES = [
  'main',
  '@',
  'a.b',
  'a.b/c.d',
  'feature/x',
  'a@b',
  '@/a',
  'a@',
  '@a',
  'a#1',
  '#1',
  'a+b',
  'a%20b',
  '100%',
  'a=b',
  'a,b',
  'a!',
  'a(b)',
  'a{b}',
  '{a}',
  '}',
  'a]',
  "fix/don't",
  'a"b',
  'grün',
  'ветка',
  '分支',
  'é',
  'e\u0301',
  '🚀',
  '🚀/🔥',
  'a\u00A0b',
  'x'.repeat(250),
  'é'.repeat(125),
  'a/'.repeat(120) + 'b',
  'a-',
  'a_b',
  '_',
  '1',
  'a.lockx',
  'lock',
  '.lock.x',
  'a.lock/b',
  'HEAD',
  'HEAD/a',
  'head',
  'refs/heads/main',
  '-',
  '-x',
  '--upload-pack=x',
  'a/-x',
  '',
  ' ',
  'a b',
  ' a',
  'a ',
  'a\tb',
  'a\nb',
  'a\x7Fb',
  'a\x01b',
  'a..b',
  '..',
  '.',
  '.a',
  'a.',
  'a/.b',
  'a/b.',
  'a.lock',
  'a/b.lock',
  '/a',
  'a/',
  'a//b',
  '/',
  'a~b',
  'a^b',
  'a:b',
  'a?b',
  'a*b',
  'a[b',
  'a\\b',
  '@{',
  'a@{b',
  '@{-1}',
  'a{@',
  '~',
  '^',
  'dependabot/npm_and_yarn/@types/node-24.0.1',
  'renovate/foo-1.x',
  'gh-readonly-queue/main/pr-1-0123456789abcdef',
  'user/JIRA-1#2',
];

test.each(NAMES)('%j is a branch name here exactly when git says so [B4][B6]', (name) => {
  expect(isRefName(name)).toBe(gitTakes(name));
});

test.each([
  'a;b',
  '$(id)',
  'a$b',
  '`id`',
  'a|b',
  'a&b',
  'a<b',
  'a>b',
  'x'.repeat(256),
  'é'.repeat(128),
  'a\ud800',
  'a\u0085b',
  '\u202Ea',
  'a\u200bb',
])('%j is refused here, whatever git says [B6]', (name) => {
  expect(isRefName(name)).toBe(false);
});
