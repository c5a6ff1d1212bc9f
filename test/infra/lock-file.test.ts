/** The demands of `npm ci` on the lock file, and the facts that the lock file must not reveal. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Readonly<Record<string, Locked>>;
};

/** Searches like Node: in the package's own folder, then in each one above. */
function found(path: string, name: string): Locked | undefined {
  for (let at = path; ; at = at.slice(0, at.lastIndexOf('/node_modules/'))) {
    const locked = packages[`${at}/node_modules/${name}`] ?? packages[`node_modules/${name}`];
    if (locked || !at.includes('/node_modules/')) return locked;
  }
}

describe('package-lock.json', () => {
  test('holds the optional packages of every platform, without which npm ci refuses it (npm/cli issue 4828)', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => found(path, name) === undefined),
    );
    expect(missing).toEqual([]);
  });

  test('says of each native package which machine it is for, so that no other one asks for it', () => {
    const NATIVE = /-(android|darwin|freebsd|linux|openharmony|win32)-/;
    const unsaid = Object.entries(packages).filter(([path, { os, cpu }]) => NATIVE.test(path) && !(os && cpu));
    expect(unsaid.map(([path]) => path)).toEqual([]);
  });

  // npm leaves it out of a package that it did not install here: CONTRIBUTING.md says how it is added.
  test('has the checksum of every package, also of those for other machines', () => {
    const unchecked = Object.entries(packages).filter(
      ([path, { integrity = '' }]) => path && !/^sha512-/.test(integrity),
    );
    expect(unchecked.map(([path]) => path)).toEqual([]);
  });

  test("names no registry: that is the machine's to say", () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved?.startsWith('http'))).toEqual([]);
  });
});
