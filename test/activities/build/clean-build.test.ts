import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { localName } from '../../../activities/build/image.ts';
import { createPodmanClient } from '../../../activities/podman/client.ts';
import { startPodmanHost } from '../../../infra/dev/podman-host.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { failing, perform, startBuildHost } from './build-host.ts';
import { LEAN, SLOW_LOOP, writeBusyboxBuild } from './dockerfiles.ts';

const host = await startBuildHost('bclean');
const { repository, engine } = host;
const activities = host.activities();

async function built(buildId: string, commit: string) {
  const step = host.step(buildId, commit);
  await perform(() => activities.fetchSource(step));
  await perform(() => activities.buildImage(step));
  return step;
}

test('after a successful build the image and the folder are gone; again is no harm [B9]', async () => {
  const step = await built('bclean.web.1', repository.commit(LEAN));
  await perform(() => activities.pushImage(step));
  expect(await host.leftovers('bclean.web.1')).not.toEqual([]);

  await perform(() => activities.cleanBuild(step));
  await perform(() => activities.cleanBuild(step));

  expect(await host.leftovers('bclean.web.1')).toEqual([]);
});

test('cleaning what never was there is no harm [B9]', async () => {
  await perform(() => activities.cleanBuild(host.step('bclean.web.none', repository.commit(LEAN))));

  expect(await host.leftovers('bclean.web.none')).toEqual([]);
});

test("the layers stay, and the service's next build starts from them [B9]", async () => {
  const dockerfile = (last: string) => (folder: string) => {
    writeBusyboxBuild(folder, `RUN ["/b/busybox", "touch", "/expensive"]\n${last}`);
  };
  const step = await built('bclean.web.6', repository.commitFolder(dockerfile('CMD ["/b/busybox", "true"]')));
  await perform(() => activities.cleanBuild(step));
  host.log();

  const next = await built('bclean.web.7', repository.commitFolder(dockerfile('CMD ["/b/busybox", "false"]')));

  expect(host.log()).toMatch(/touch[^]*Using cache/);
  await perform(() => activities.cleanBuild(next));
});

test("another build's image of the same commit, with the layers it shares, and its folder stay [B9]", async () => {
  const commit = repository.commit({ ...LEAN, hello: 'shared' });
  const [one, other] = [await built('bclean.web.2', commit), await built('bclean.web.2.2', commit)];

  await perform(() => activities.cleanBuild(one));

  expect((await engine.podman(['images', '--quiet', localName('bclean.web.2')])).stdout).toBe('');
  expect(existsSync(join(host.host.workDir, 'builds', 'bclean.web.2.2', 'source'))).toBe(true);
  expect((await perform(() => activities.pushImage(other))).digest).toMatch(/^sha256:/);
  await perform(() => activities.cleanBuild(other));
  expect([...(await host.leftovers('bclean.web.2')), ...(await host.leftovers('bclean.web.2.2'))]).toEqual([]);
});

test('an image that runs on this very host goes on running [B9]', async () => {
  const commit = repository.commitFolder((folder) => writeBusyboxBuild(folder, 'CMD ["/b/busybox", "sleep", "600"]'));
  const step = await built('bclean.web.3', commit);
  const { image } = await perform(() => activities.pushImage(step));
  await engine.podman(['run', '--detach', '--name', 'live', '--network', 'none', '--stop-signal', 'KILL', image]);

  await perform(() => activities.cleanBuild(step));

  const { stdout } = await engine.podman(['inspect', '--format', '{{.State.Running}} {{.ImageName}}', 'live']);
  expect(stdout.trim()).toBe(`true ${image}`);
  expect((await engine.podman(['images', '--quiet', localName('bclean.web.3')])).stdout).toBe('');
  expect(existsSync(join(host.host.workDir, 'builds', 'bclean.web.3'))).toBe(false);
  await engine.podman(['rm', '--force', '--time', '0', 'live']);
});

test('what a killed engine left of a build is removed when it is back [B9][F1]', async () => {
  const dir = join(host.host.workDir, 'e');
  mkdirSync(dir);
  const start = () => startPodmanHost({ dir, name: 'bclean', registries: [host.registry.address] });
  const first = await start();
  const podman = createPodmanClient(first.socket);
  const own = host.activities({ podman });
  const commit = repository.commitFolder((folder) => writeBusyboxBuild(folder, `RUN ${SLOW_LOOP}`));
  const step = host.step('bclean.web.4', commit);
  await perform(() => own.fetchSource(step));
  host.log();

  const building = failing(perform(() => own.buildImage(step)));
  let log = '';
  await eventually('the build to be under way', () => (log += host.log()).includes('step 1'));
  await first.kill();
  expect((await building).type).toBe('EngineUnavailable');
  const second = await start();
  onCleanup(() => second.stop());
  expect(await external(second)).not.toBe('');

  await perform(() => own.cleanBuild(step));

  expect(await external(second)).toBe('');
});

const external = async (on: typeof engine) => (await on.podman(['ps', '--all', '--external', '--quiet'])).stdout;

test('while the engine is away the files go, and the rest when it is back [B9]', async () => {
  const step = await built('bclean.web.5', repository.commit(LEAN));
  const away = host.activities({ podman: createPodmanClient(join(host.host.workDir, 'no.sock')) });

  expect((await failing(perform(() => away.cleanBuild(step)))).type).toBe('EngineUnavailable');
  expect(existsSync(join(host.host.workDir, 'builds', 'bclean.web.5', 'source'))).toBe(false);

  await perform(() => activities.cleanBuild(step));
  expect(await host.leftovers('bclean.web.5')).toEqual([]);
});
