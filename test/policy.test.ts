/** Rules about the project's own files that no tool checks for us. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly resolved?: string }>>;
}

describe('dependencies', () => {
  const manifest = JSON.parse(read('package.json')) as Manifest;
  const lock = JSON.parse(read('package-lock.json')) as Lock;

  test('all of Temporal is one version, and only its patches are taken without asking [F4]', () => {
    const wanted = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    const ranges = new Set(wanted.flatMap(([name, range]) => (name.startsWith('@temporalio/') ? [range] : [])));
    expect([...ranges]).toEqual([expect.stringMatching(/^~\d+\.\d+\.\d+$/)]);
    const installed = Object.entries(lock.packages).filter(([path]) => path.includes('node_modules/@temporalio/'));
    expect(installed.length).toBeGreaterThan(5);
    expect(new Set(installed.map(([, { version }]) => version)).size).toBe(1);
  });

  test('the lock file names no place to download from, so any registry will do', () => {
    const placed = Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined);
    expect(placed).toEqual([]);
  });
});

describe('what the documents name', () => {
  const pages = execFileSync('git', ['ls-files', '-z', '*.md'], { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean);

  test('as shown by a test is a test', () => {
    const named = ['README.md', 'docs/security.md'].flatMap((page) => [...read(page).matchAll(/`(test\/[\w./-]+)`/g)]);
    expect(named.length).toBeGreaterThan(50);
    expect(named.map(([, path = '']) => path).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('as another page, is there', () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)]
        .map(([, target = '']) => join(dirname(page), target))
        .filter((target) => !existsSync(join(ROOT, target)))
        .map((target) => `${page} → ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('the files of the project', () => {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
    .split('\0')
    .filter((path) => existsSync(join(ROOT, path)) && path !== '' && !/\.(png|svg|ico|woff2?)$/.test(path));
  const naming = (pattern: RegExp): string[] =>
    files.flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 160)}`] : [])),
    );

  test('name no package registry', () => {
    // Written in two halves, so that this file does not name them either.
    const hosts = [
      'registry.npm' + 'js.org',
      'registry.yarn' + 'pkg.com',
      'py' + 'pi.org',
      'files.python' + 'hosted.org',
    ];
    expect(naming(new RegExp(hosts.join('|').replaceAll('.', '\\.')))).toEqual([]);
  });

  test('name no folder of the machine that they were written on', () => {
    expect(naming(new RegExp(`(^|[\\s'"\`(=:])${ROOT.replace(/\/$/, '')}\\b`))).toEqual([]);
    expect(naming(/(^|[\s'"`(=:])\/(home|Users)\/(?!landfall\b)[a-z][\w.-]*\//)).toEqual([]);
  });

  test('switch no rule of types, lint or format off in passing', () => {
    const silencers = [
      'eslint-' + 'disable',
      'oxlint-' + 'disable',
      '@ts-' + 'ignore',
      '@ts-' + 'nocheck',
      '@ts-' + 'expect-error',
      'oxfmt-' + 'ignore',
      'prettier-' + 'ignore',
    ];
    expect(naming(new RegExp(silencers.join('|'))).filter((line) => !line.startsWith('docs/'))).toEqual([]);
  });
});
