import { describe, expect, test } from '@jest/globals';
import SlowBeforeQuick from '../support/sequencer.mjs';
import { tempDir } from '../support/tmp.ts';

type Sorting = new (options: object) => { sort(tests: readonly object[]): { readonly path: string }[] };

/** @param sizes - of the files; a larger one is taken for a slower one */
function sorted(sizes: Readonly<Record<string, number>>): string[] {
  const rootDir = '/home/landfall';
  const config = { rootDir, cacheDirectory: tempDir(), id: 'order' };
  const nameOf = (path: string) => path.slice(rootDir.length + 1);
  const context = { config, hasteFS: { getSize: (path: string) => sizes[nameOf(path)] ?? 0 } };
  const tests = Object.keys(sizes).map((name) => ({ path: `${rootDir}/${name}`, context }));
  const sequencer = new (SlowBeforeQuick as unknown as Sorting)({ contextConfig: {}, globalConfig: {} });
  return sequencer.sort(tests).map(({ path }) => nameOf(path));
}

describe('the order of test files', () => {
  test('those that may need the Kubernetes of the tests run late, whatever folder the checkout is in', () => {
    const sizes = {
      'test/infra/cluster.test.ts': 900,
      'test/store/open.test.ts': 10,
      'test/activities/targets/kubernetes.test.ts': 800,
      'test/api/app.test.ts': 20,
    };
    expect(sorted(sizes)).toEqual([
      'test/api/app.test.ts',
      'test/store/open.test.ts',
      'test/infra/cluster.test.ts',
      'test/activities/targets/kubernetes.test.ts',
    ]);
  });

  test('a slow one is small, and begun among larger ones all the same; quick ones are left for the end', () => {
    const sizes = {
      'test/contracts/a.test.ts': 90,
      'test/contracts/b.test.ts': 80,
      'test/contracts/c.test.ts': 70,
      'test/contracts/d.test.ts': 60,
      'test/contracts/e.test.ts': 50,
      'test/contracts/f.test.ts': 40,
      'test/e2e/kills.test.ts': 2,
      'test/activities/targets/podman.test.ts': 1,
      'test/workflows/cluster.test.ts': 100,
    };
    expect(sorted(sizes)).toEqual([
      'test/contracts/a.test.ts',
      'test/e2e/kills.test.ts',
      'test/contracts/b.test.ts',
      'test/contracts/c.test.ts',
      'test/activities/targets/podman.test.ts',
      'test/contracts/d.test.ts',
      'test/workflows/cluster.test.ts',
      'test/contracts/e.test.ts',
      'test/contracts/f.test.ts',
    ]);
  });
});
