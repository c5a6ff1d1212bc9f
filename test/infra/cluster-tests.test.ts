import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { clusterTests } from '../../infra/setup/cluster-tests.mjs';

const ROOT = join(import.meta.dirname, '../..');

test('a run without the Kubernetes of the tests leaves out the files that start it, and no others [D2]', () => {
  const starting = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join('test', path))
    .filter((path) => /\b(?:testCluster|startKubernetesPlace)\(/.test(readFileSync(join(ROOT, path), 'utf8')))
    .sort();
  expect(starting).toContain('test/activities/targets/kubernetes.test.ts');
  expect(clusterTests(ROOT)).toEqual(starting);
});
