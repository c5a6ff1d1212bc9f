import { expect, test } from '@jest/globals';
import { buildQuery } from '../../../activities/build/run-build.ts';

test('what the engine is asked is exactly this', () => {
  const recipe = { context: '/b/source', dockerfile: 'docker/Dockerfile', added: [], args: {} };

  expect(
    buildQuery({
      recipe,
      name: 'localhost/landfall/a.1:latest',
      args: { A: 'b c' },
      mark: 123_456,
      shield: { isolation: 'oci', network: 'private' },
    }),
  ).toEqual({
    dockerfile: 'docker/Dockerfile',
    t: 'localhost/landfall/a.1:latest',
    buildargs: '{"A":"b c"}',
    outputformat: 'application/vnd.docker.distribution.manifest.v2+json',
    isolation: 'oci',
    nsoptions: JSON.stringify(['pid', 'ipc', 'uts', 'network'].map((Name) => ({ Name, Host: false, Path: '' }))),
    dropcaps: expect.stringMatching(/^\["CAP_AUDIT_CONTROL",.*"CAP_KILL",.*"CAP_SYS_CHROOT",.*"CAP_WAKE_ALARM"\]$/),
    layers: true,
    rm: true,
    forcerm: true,
    ulimits: '["msgqueue=123456:123456"]',
  });
});
