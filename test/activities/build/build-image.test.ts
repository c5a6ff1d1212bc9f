import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { localName } from '../../../activities/build/image.ts';
import { perform, SETTINGS, startBuildHost } from './build-host.ts';
import { LEAN, writeBusyboxBuild } from './dockerfiles.ts';

const host = await startBuildHost('bimg');
const { repository } = host;
const activities = host.activities();

interface Inspected {
  readonly Labels: Record<string, string>;
  readonly ManifestType: string;
  readonly HealthCheck?: unknown;
}
const inspect = (buildId: string) =>
  host.podman.json<Inspected>('GET', `/images/${encodeURIComponent(localName(buildId))}/json`);

async function fetched(step: ReturnType<typeof host.step>) {
  await perform(() => activities.fetchSource(step));
  host.log();
  return step;
}

test('builds the image from the Dockerfile and keeps its health check [B7]', async () => {
  const commit = repository.commit({
    ...LEAN,
    Dockerfile: `${LEAN.Dockerfile}HEALTHCHECK CMD ["/hello", "/health"]\n`,
  });
  const step = await fetched(host.step('bimg.web.1', commit));

  const built = await perform(() => activities.buildImage(step));

  expect(built).toEqual({ builder: 'dockerfile' });
  const image = await inspect('bimg.web.1');
  expect(image.ManifestType).toBe('application/vnd.docker.distribution.manifest.v2+json');
  expect(JSON.stringify(image)).toContain('/health');
  expect(host.log()).toMatch(/Building with dockerfile[^]*STEP 1\/\d+: FROM scratch[^]*COMMIT/);
});

test('built once is built: a second attempt finds the image [F1]', async () => {
  const step = await fetched(host.step('bimg.web.2', repository.commit(LEAN)));

  const first = await perform(() => activities.buildImage(step));
  host.log();
  const second = await perform(() => activities.buildImage(step));

  expect(second).toEqual(first);
  expect(host.log()).not.toContain('STEP');
});

test('build arguments reach the build as they are', async () => {
  const commit = repository.commit({ ...LEAN, Dockerfile: `${LEAN.Dockerfile}ARG COLOUR\nLABEL colour=$COLOUR\n` });
  const settings = { ...SETTINGS, args: { COLOUR: 'dark blue; $(id) "x"' } };
  const step = await fetched(host.step('bimg.web.3', commit, { settings }));

  await perform(() => activities.buildImage(step));

  expect((await inspect('bimg.web.3')).Labels['colour']).toBe('dark blue; $(id) "x"');
});

test('builds the root folder only, without what .dockerignore names, without .git, links as links [B4]', async () => {
  const commit = repository.commitFolder((folder) => {
    const web = join(folder, 'services/web');
    writeBusyboxBuild(web, 'COPY . /all\nRUN /b/busybox find /all && /b/busybox readlink /all/link', 'Dockerfile.prod');
    writeFileSync(join(folder, 'outside.txt'), 'not for this service');
    writeFileSync(join(web, 'ignored.env'), 'ignored');
    writeFileSync(join(web, '.dockerignore'), 'ignored.env\n');
    symlinkSync('./busybox', join(web, 'link'));
  });
  const settings = { ...SETTINGS, root: 'services/web', dockerfile: 'Dockerfile.prod' };
  const step = await fetched(host.step('bimg.web.4', commit, { settings }));

  await perform(() => activities.buildImage(step));

  const lines = host.log().split('\n');
  expect(lines).toEqual(expect.arrayContaining(['/all/busybox', '/all/Dockerfile.prod', './busybox']));
  for (const absent of ['ignored.env', 'outside.txt', '.git']) expect(lines).not.toContain(`/all/${absent}`);
});

test('a file may have any name that is UTF-8, and arrives under it [B4]', async () => {
  const names = [
    ...[
      'new\nline',
      'back\\slash',
      '"quoted"',
      "it's",
      ' blank ',
      'tab\t',
      '-dash',
      '$(id)',
      '*',
      '[a]',
      '!',
      'ümlaut',
      '雪',
      '🙂',
    ],
    ...['case', 'CASE', 'caf\u00e9', 'cafe\u0301', 'x'.repeat(255), `${'deep/'.repeat(60)}${'y'.repeat(120)}`],
    ...['colon:', 'a=b', '#hash', 'per%20cent', '\u0001control', 'é'.repeat(100), '.wh', 'trailing.'],
  ];
  const commit = repository.commitFolder((folder) => {
    const list = '/b/busybox find . -type f -print0 | /b/busybox base64';
    writeBusyboxBuild(folder, `COPY names /names\nRUN cd /names && ${list}`);
    for (const name of names) {
      mkdirSync(dirname(join(folder, 'names', name)), { recursive: true });
      writeFileSync(join(folder, 'names', name), name);
    }
  });
  const step = await fetched(host.step('bimg.web.6', commit));

  await perform(() => activities.buildImage(step));

  const listed = (/base64\n([A-Za-z0-9+/=\n]+?)(?:COMMIT|\n-->)/.exec(host.log())?.[1] ?? '').replaceAll('\n', '');
  const found = Buffer.from(listed, 'base64').toString().split('\0').filter(Boolean);
  expect(found.toSorted()).toEqual(names.map((name) => `./${name}`).toSorted());
});

test('the same commit gives the same layers again, whenever it was fetched', async () => {
  const commit = repository.commit({ ...LEAN, hello: 'again' });
  const layers = async (buildId: string) => {
    const step = await fetched(host.step(buildId, commit));
    await perform(() => activities.buildImage(step));
    const image = await host.podman.json<{ RootFS: { Layers: readonly string[] } }>(
      'GET',
      `/images/${encodeURIComponent(localName(buildId))}/json`,
    );
    await perform(() => activities.cleanBuild(step));
    return image.RootFS.Layers;
  };

  expect(await layers('bimg.web.5')).toEqual(await layers('bimg.web.5.2'));
});
