import { describe, expect, test } from '@jest/globals';
import ClustersLast from '../support/sequencer.mjs';
import { tempDir } from '../support/tmp.ts';

type Sorting = new (options: object) => { sort(tests: readonly object[]): { readonly path: string }[] };

describe('the order of test files', () => {
  test('those that may need the Kubernetes of the tests run last, whatever folder the checkout is in', () => {
    const rootDir = '/srv/kubernetes/landfall';
    const config = { rootDir, cacheDirectory: tempDir(), id: 'order' };
    const sizes: Record<string, number> = {
      'test/infra/cluster.test.ts': 900,
      'test/store/open.test.ts': 10,
      'test/activities/targets/kubernetes.test.ts': 800,
      'test/api/app.test.ts': 20,
    };
    const getSize = (path: string) => sizes[path.slice(rootDir.length + 1)] ?? 0;
    const tests = Object.keys(sizes).map((name) => ({
      path: `${rootDir}/${name}`,
      context: { config, hasteFS: { getSize } },
    }));
    const sequencer = new (ClustersLast as unknown as Sorting)({ contextConfig: {}, globalConfig: {} });
    const sorted = sequencer.sort(tests).map(({ path }) => path.slice(rootDir.length + 1));
    expect(sorted).toEqual([
      'test/api/app.test.ts',
      'test/store/open.test.ts',
      'test/infra/cluster.test.ts',
      'test/activities/targets/kubernetes.test.ts',
    ]);
  });
});
