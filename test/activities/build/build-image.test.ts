import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { localName } from '../../../activities/build/image.ts';
import { createPodmanClient } from '../../../activities/podman/client.ts';
import { writeFixtureApp } from '../../support/fixtures/app.ts';
import { failing, perform, quietEnvironment, SETTINGS, startBuildHost } from './build-host.ts';

const host = await startBuildHost('bimg');
const { repository } = host;
const { fetchSource, buildImage, cleanBuild } = host.activities();

interface Inspected {
  readonly HealthCheck?: unknown;
  readonly Healthcheck?: unknown;
  readonly Labels: Record<string, string>;
  readonly ManifestType: string;
}
const inspect = (buildId: string) =>
  host.podman.json<Inspected>('GET', `/images/${encodeURIComponent(localName(buildId))}/json`);

/** Fetches and builds; the activity's own promise is given back unawaited with its environment. */
async function fetched(step: ReturnType<typeof host.step>) {
  await perform(() => fetchSource(step));
  host.log();
  return step;
}

describe('buildImage', () => {
  test('builds the image from the Dockerfile, keeps its health check and says what it is [B7]', async () => {
    const commit = repository.commitFolder((folder) => writeFixtureApp(folder, { version: '1' }));
    const step = await fetched(host.step('bimg.web.1', commit));

    const built = await perform(() => buildImage(step));

    expect(built).toEqual({ builder: 'dockerfile' });
    const image = await inspect('bimg.web.1');
    expect(image.ManifestType).toBe('application/vnd.docker.distribution.manifest.v2+json');
    expect(JSON.stringify(image.HealthCheck ?? image.Healthcheck)).toContain('/health');
    expect(image.Labels).toMatchObject({
      'landfall.build': 'bimg.web.1',
      'org.opencontainers.image.revision': commit,
      'org.opencontainers.image.source': step.build.origin.cloneUrl,
    });
    expect(host.log()).toMatch(/Building with dockerfile[^]*STEP 1\/\d+: FROM scratch[^]*COMMIT/);
  });

  test('built once is built: a second attempt finds the image [F1]', async () => {
    const commit = repository.commitFolder((folder) => writeFixtureApp(folder, { version: '2' }));
    const step = await fetched(host.step('bimg.web.2', commit));

    const answers = [await perform(() => buildImage(step))];
    host.log();
    answers.push(await perform(() => buildImage(step)));

    expect(answers).toEqual([{ builder: 'dockerfile' }, { builder: 'dockerfile' }]);
    expect(host.log()).not.toContain('STEP');
  });

  test('build arguments reach the build', async () => {
    const commit = repository.commitFolder((folder) => {
      writeFixtureApp(folder, { version: '3' });
      writeFileSync(
        join(folder, 'Dockerfile'),
        'FROM scratch\nARG COLOUR\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "sh", "-c", "echo it is $COLOUR"]\n',
      );
    });
    const step = await fetched(
      host.step('bimg.web.3', commit, { settings: { ...SETTINGS, args: { COLOUR: 'dark blue; $(id)' } } }),
    );

    await perform(() => buildImage(step));

    expect(host.log()).toContain('it is dark blue; $(id)');
  });

  test('builds the root folder only, without what .dockerignore names and without .git [B4]', async () => {
    const commit = repository.commitFolder((folder) => {
      writeFixtureApp(join(folder, 'services/web'), { version: '4' });
      writeFileSync(join(folder, 'outside.txt'), 'not for this service');
      writeFileSync(join(folder, 'services/web/secret.env'), 'ignored');
      writeFileSync(join(folder, 'services/web/.dockerignore'), 'secret.env\n');
      mkdirSync(join(folder, 'services/web/docker'));
      writeFileSync(
        join(folder, 'services/web/docker/Dockerfile.prod'),
        'FROM scratch\nCOPY . /all\nRUN ["/all/busybox", "find", "/all"]\n',
      );
    });
    const settings = { ...SETTINGS, root: 'services/web', dockerfile: 'docker/Dockerfile.prod' };
    const step = await fetched(host.step('bimg.web.4', commit, { settings }));

    await perform(() => buildImage(step));

    const log = host.log();
    expect(log).toContain('/all/www/index.html');
    for (const absent of ['secret.env', 'outside.txt', '.git']) expect(log).not.toContain(`/${absent}\n`);
  });

  test('a failing build is BuildFailed with what the tool said last [B5]', async () => {
    const commit = repository.commitFolder((folder) => writeFixtureApp(folder, { version: '5', breaksBuild: true }));
    const step = await fetched(host.step('bimg.web.5', commit));

    const { type, message } = await failing(perform(() => buildImage(step)));

    expect(type).toBe('BuildFailed');
    expect(message).toMatch(/exit status 3/);
    expect(message).toContain('main.c:1: error: expected expression');
    expect(host.log()).toContain('compiling');
    await perform(() => cleanBuild(step));
    expect(await host.leftovers('bimg.web.5')).toEqual([]);
  });

  test.each([
    ['is no Dockerfile', 'FRO scratch\n', /no FROM statement/],
    ['needs a base image that is not there', `FROM ${host.registry.address}/no/such:1\n`, /manifest unknown/],
    ['copies what is not there', 'FROM scratch\nCOPY missing /\n', /missing/],
    ['copies from outside', 'FROM scratch\nCOPY ../../../../etc/passwd /\n', /passwd/],
  ])('a Dockerfile that %s is BuildFailed', async (what, dockerfile, message) => {
    const commit = repository.commit({ Dockerfile: dockerfile });
    const step = await fetched(host.step(`bimg.web.6${what.length}`, commit));

    const failed = await failing(perform(() => buildImage(step)));

    expect(failed.type).toBe('BuildFailed');
    expect(failed.message).toMatch(message);
    await perform(() => cleanBuild(step));
  });

  test('a build that hangs is BuildTimedOut, and the engine is quiet afterwards [B9][B10]', async () => {
    const commit = repository.commitFolder((folder) =>
      writeFixtureApp(folder, { version: '7', slowBuildSeconds: 120 }),
    );
    const step = await fetched(host.step('bimg.web.7', commit, { settings: { ...SETTINGS, timeoutMs: 2_500 } }));

    expect(await failing(perform(() => buildImage(step)))).toEqual({
      type: 'BuildTimedOut',
      message: expect.stringContaining('raise build.timeout'),
    });

    await perform(() => cleanBuild(step));
    expect(await host.leftovers('bimg.web.7')).toEqual([]);
  });

  test('a cancelled build leaves no process, container, image or folder [B9][B10]', async () => {
    const commit = repository.commitFolder((folder) =>
      writeFixtureApp(folder, { version: '8', slowBuildSeconds: 120 }),
    );
    const step = await fetched(host.step('bimg.web.8', commit));
    const environment = quietEnvironment();

    const cancelled = failing(perform(() => buildImage(step), environment));
    await until(() => host.log().includes('step 1'));
    environment.cancel();

    expect((await cancelled).type).toBe('cancelled');
    await perform(() => cleanBuild(step));
    expect(await host.leftovers('bimg.web.8')).toEqual([]);
    expect(builds()).toBe(0);
  });

  test('a context beyond the limit is ContextTooLarge before anything is sent', async () => {
    const commit = repository.commit({ Dockerfile: 'FROM scratch\n', large: 'x'.repeat(200_000) });
    const settings = { ...SETTINGS, contextLimitBytes: 100_000 };
    const step = await fetched(host.step('bimg.web.9', commit, { settings }));

    const { type, message } = await failing(perform(() => buildImage(step)));

    expect(type).toBe('ContextTooLarge');
    expect(message).toMatch(/"large".*build\.contextLimit/);
    expect(host.log()).not.toContain('STEP');
  });

  test('an engine that is away is EngineUnavailable, to be tried again', async () => {
    const commit = repository.commitFolder((folder) => writeFixtureApp(folder, { version: '10' }));
    const step = await fetched(host.step('bimg.web.10', commit));
    const away = createPodmanClient(join(host.host.workDir, 'no.sock'));

    const { buildImage: build } = host.activities({ podman: away });

    expect((await failing(perform(() => build(step)))).type).toBe('EngineUnavailable');
  });
});

describe('what cannot be built', () => {
  test('a link out of the root folder is UnsafeSource', async () => {
    for (const link of ['/etc/passwd', '../../../etc/passwd', '../outside']) {
      const commit = repository.commit({ 'web/Dockerfile': 'FROM scratch\n', 'web/link': { link }, outside: 'x' });
      const step = host.step('bimg.web.20', commit, { settings: { ...SETTINGS, root: 'web' } });

      const { type, message } = await failing(perform(() => fetchSource(step)));

      expect(type).toBe('UnsafeSource');
      expect(message).toContain('"link" is a link to');
    }
  });

  test('links inside the root folder are built as links', async () => {
    const commit = repository.commitFolder((folder) => {
      writeFixtureApp(folder, { version: '21' });
      symlinkSync('www/index.html', join(folder, 'start.html'));
      writeFileSync(
        join(folder, 'Dockerfile'),
        'FROM scratch\nCOPY . /all\nRUN ["/all/busybox", "readlink", "/all/start.html"]\n',
      );
    });
    const step = await fetched(host.step('bimg.web.21', commit));

    await perform(() => buildImage(step));

    expect(host.log()).toMatch(/^www\/index.html$/m);
  });

  test.each(['../Dockerfile', '/etc/passwd', 'a/../../Dockerfile'])(
    'a Dockerfile at %s is UnsafeSource',
    async (dockerfile) => {
      const commit = repository.commit({ Dockerfile: 'FROM scratch\n' });
      const step = host.step('bimg.web.22', commit, { settings: { ...SETTINGS, dockerfile } });

      expect((await failing(perform(() => fetchSource(step)))).type).toBe('UnsafeSource');
    },
  );

  test('a root folder behind a link is UnsafeSource', async () => {
    const commit = repository.commit({ 'real/Dockerfile': 'FROM scratch\n', web: { link: 'real' } });
    const step = host.step('bimg.web.23', commit, { settings: { ...SETTINGS, root: 'web' } });

    expect((await failing(perform(() => fetchSource(step)))).type).toBe('UnsafeSource');
  });

  test('a root folder that the commit does not have is NothingToBuild', async () => {
    const commit = repository.commit({ Dockerfile: 'FROM scratch\n' });
    const step = await fetched(host.step('bimg.web.24', commit, { settings: { ...SETTINGS, root: 'web' } }));

    expect(await failing(perform(() => buildImage(step)))).toEqual({
      type: 'NothingToBuild',
      message: 'The commit has no folder "web". Correct "root" in landfall.yaml.',
    });
  });
});

/** Processes of the slow build's loop on this machine. */
function builds(): number {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('while [ $i -lt 120 ]');
      } catch {
        return false;
      }
    }).length;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition was not met within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
