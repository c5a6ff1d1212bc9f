// @ts-check
/** Test files that need the Kubernetes of the tests (docs/adr/0039): those that import its support. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `support/cluster.ts`, and the place on it that the contract of targets is held to. */
const NEEDS_CLUSTER = /from '[./]+\/(?:support\/cluster|kubernetes-place)\.ts'/;

/**
 * @param {string} root - the checkout
 * @returns {string[]} their paths, relative to it
 */
export function clusterTests(root) {
  return readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join('test', path))
    .filter((path) => NEEDS_CLUSTER.test(readFileSync(join(root, path), 'utf8')))
    .sort();
}
