import { describe, expect, test } from '@jest/globals';
import { checkBranch, checkCloneUrl, checkCommitId, checkPath } from '../../../activities/source/check-input.ts';
import { failureOf } from '../../../contracts/core/failures.ts';

function refusal(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return failureOf(error)?.type;
  }
}

describe('checkCloneUrl', () => {
  test.each([
    'https://github.com/acme/shop.git',
    'https://git.example.com:8443/a/b',
    'http://127.0.0.1:3000/a.git',
    'http://localhost:3000/a.git',
    'http://[::1]:3000/a.git',
  ])('accepts %s', (url) => {
    expect(refusal(() => checkCloneUrl(url))).toBeUndefined();
  });

  test.each([
    'http://github.com/acme/shop.git',
    'http://127.0.0.1.example.com/a.git',
    'ssh://git@github.com/acme/shop.git',
    'git@github.com:acme/shop.git',
    'file:///etc',
    '/etc',
    'ext::sh -c touch% /tmp/x',
    '--upload-pack=touch /tmp/x',
    'https://user@github.com/acme/shop.git',
    'https://user:password@github.com/acme/shop.git',
    'https://github.com/acme/shop.git\n--upload-pack=x',
    ' https://github.com/acme/shop.git',
    'https://github.com/a b',
    '',
  ])('refuses %j [B6]', (url) => {
    expect(refusal(() => checkCloneUrl(url))).toBe('UnsafeSource');
  });

  test('does not repeat credentials that were in the URL [B6]', () => {
    expect(() => checkCloneUrl('https://user:hunter2hunter2@github.com/a')).not.toThrow(/hunter2/);
  });
});

test.each(['main', 'HEAD', '0123', '--upload-pack=x', `${'a'.repeat(40)}\n`, 'A'.repeat(40), ''])(
  '%j is no commit id',
  (commit) => {
    expect(refusal(() => checkCommitId(commit))).toBe('CommitNotFound');
  },
);

test.each(['--upload-pack=x', 'a..b', 'a b', 'a\nb', 'a;b', '$(id)', '../x', '-', ''])('%j is no branch', (branch) => {
  expect(refusal(() => checkBranch(branch))).toBe('CommitNotFound');
});

test.each(['../Dockerfile', '/etc/passwd', 'a/../../b', '-f', 'a\nb', ''])('%j is no path inside', (path) => {
  expect(refusal(() => checkPath(path))).toBe('UnsafeSource');
});
