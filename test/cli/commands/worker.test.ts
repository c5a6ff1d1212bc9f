import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { tempDir } from '../../support/tmp.ts';
import { landfall } from '../support/run.ts';

const dir = tempDir();
const hostsFile = join(dir, 'hosts.json');
const host = (name: string, roles: readonly string[]) => ({ name, roles, podmanSocket: '/p.sock', workDir: dir });
writeFileSync(hostsFile, JSON.stringify([host('runner', ['run']), host('builder', ['build', 'run'])]));

const clustersFile = join(dir, 'clusters.json');
writeFileSync(clustersFile, JSON.stringify([{ name: 'eu', inCluster: true }]));

const PATH = process.env['PATH'] ?? '';
const complete = {
  PATH,
  LANDFALL_HOSTS_FILE: hostsFile,
  LANDFALL_CLUSTERS_FILE: clustersFile,
  LANDFALL_URL: 'http://127.0.0.1:9',
  LANDFALL_HOST_TOKEN: 'a-host-token-never-printed',
  LANDFALL_REGISTRY: '127.0.0.1:9',
  TEMPORAL_ADDRESS: '127.0.0.1:9',
};

describe('landfall worker that cannot run says why, in its own words, and ends with 1', () => {
  test.each([
    ['without its settings', '--host runner', { PATH }, [/LANDFALL_HOSTS_FILE/, /LANDFALL_URL/, /LANDFALL_HOST_TOKEN/]],
    ['without those of a cluster', '--cluster eu', { PATH }, [/LANDFALL_CLUSTERS_FILE/, /LANDFALL_URL/]],
    [
      'of a host that the file does not name',
      '--host other',
      complete,
      [/has no host other\. It has runner, builder\./],
    ],
    ['of a cluster that the file does not name', '--cluster us', complete, [/has no cluster us\. It has eu\./]],
    ['of a build host without a GitHub App', '--host builder', complete, [/builder builds images.*GITHUB_APP_ID/]],
    ['without Temporal', '--host runner', complete, [/Could not connect to Temporal at 127\.0\.0\.1:9/]],
    ['of neither', '', complete, [/neither a host nor a cluster is named/]],
    ['of both', '--host runner --cluster eu', complete, [/cannot be used with/]],
  ])('%s [F5]', async (_case, args, env, words) => {
    const { code, stderr } = await landfall(['worker', ...args.split(' ').filter(Boolean)], { env });

    expect(code).toBe(1);
    for (const word of words) expect(stderr).toMatch(word);
    expect(stderr).not.toContain('a-host-token-never-printed');
  });

  test('of a name that is none', async () => {
    const { code, stderr } = await landfall(['worker', '--host', '../etc'], { env: complete });

    expect(code).toBe(1);
    expect(stderr).toMatch(/Use lower-case letters, digits and dashes/);
  });
});
