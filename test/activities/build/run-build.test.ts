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
    }),
  ).toEqual({
    dockerfile: 'docker/Dockerfile',
    t: 'localhost/landfall/a.1:latest',
    buildargs: '{"A":"b c"}',
    outputformat: 'application/vnd.docker.distribution.manifest.v2+json',
    isolation: 'chroot',
    layers: true,
    rm: true,
    forcerm: true,
    ulimits: '["msgqueue=123456:123456"]',
  });
});
