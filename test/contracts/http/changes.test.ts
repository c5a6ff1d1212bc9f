import { expect, test } from '@jest/globals';
import { compareUrl, describeChanges } from '../../../contracts/http/changes.ts';

const range = { from: 'a'.repeat(40), to: 'b'.repeat(40), rollback: false };
const GITHUB = 'https://github.com/acme/shop';

test.each([
  ['https://github.com/acme/shop.git', null, GITHUB],
  ['https://ghe.example/acme/shop.git', null, 'https://ghe.example/acme/shop'],
  [null, 'https://github.com/acme/shop', GITHUB],
  [null, 'https://www.github.com/acme/shop/', 'https://www.github.com/acme/shop'],
  [null, 'https://github.com.example/acme/shop.git', undefined],
  [null, 'https://git.example/github.com/shop.git', undefined],
  ['javascript:alert(1)//', null, undefined],
  [null, null, undefined],
])('of a repository at %s, or publicly at %s, GitHub compares at %s [A9]', (gitHubUrl, publicUrl, page) => {
  const { from, to } = range;
  const link = page === undefined ? null : `${page}/compare/${from}...${to}`;
  expect(compareUrl({ gitHubUrl, publicUrl }, range)).toBe(link);
});

test.each([
  [null, false, 'bbbbbbb, the first one here'],
  [range.from, false, 'aaaaaaa → bbbbbbb'],
  [range.from, true, 'back from aaaaaaa to bbbbbbb'],
  [range.to, false, 'bbbbbbb again'],
])('from %s, rollback %s, is %j in words [A9]', (commit, rollback, words) => {
  const from = commit === null ? null : { deploymentId: 'shop.web.production.1', commit, digest: 'sha256:1' };
  expect(describeChanges({ from, to: range.to, rollback, compareUrl: null })).toBe(words);
});
