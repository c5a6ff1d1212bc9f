import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createPodmanClient } from '../../../activities/podman/client.ts';
import { eventually } from '../../support/eventually.ts';
import { withCommandLine } from '../processes.ts';
import { failing, perform, quietEnvironment, SETTINGS, startBuildHost } from './build-host.ts';
import { LEAN, SLOW_LOOP, writeBusyboxBuild } from './dockerfiles.ts';

const host = await startBuildHost('bfail');
const { repository } = host;
const activities = host.activities();

async function fetched(step: ReturnType<typeof host.step>) {
  await perform(() => activities.fetchSource(step));
  host.log();
  return step;
}

const slowCommit = () => repository.commitFolder((folder) => writeBusyboxBuild(folder, `RUN ${SLOW_LOOP}`));

describe('a build that fails', () => {
  test('is BuildFailed with what the tool said last, and cleaned leaves nothing [B5][B9]', async () => {
    const steps = 'RUN echo compiling && echo "main.c:1: error: expected expression" >&2 && exit 3';
    const commit = repository.commitFolder((folder) => writeBusyboxBuild(folder, steps));
    const step = await fetched(host.step('bfail.web.1', commit));

    const { type, message } = await failing(perform(() => activities.buildImage(step)));

    expect(type).toBe('BuildFailed');
    expect(message).toMatch(/exit status 3/);
    expect(message).toContain('main.c:1: error: expected expression');
    expect(host.log()).toMatch(/^compiling$/m);
    await perform(() => activities.cleanBuild(step));
    expect(await host.leftovers('bfail.web.1')).toEqual([]);
  });

  test.each([
    ['is no Dockerfile', 'FRO scratch\n', /no FROM statement/],
    ['needs a base image that is not there', `FROM ${host.registry.address}/no/such:1\n`, /manifest unknown/],
    ['copies what is not there', 'FROM scratch\nCOPY missing /\n', /missing/],
    ['copies from outside', 'FROM scratch\nCOPY ../../../../etc/passwd /\n', /passwd/],
  ])('because its Dockerfile %s is BuildFailed', async (what, dockerfile, message) => {
    const step = await fetched(host.step(`bfail.web.2.${what.length}`, repository.commit({ Dockerfile: dockerfile })));

    const failed = await failing(perform(() => activities.buildImage(step)));

    expect(failed.type).toBe('BuildFailed');
    expect(failed.message).toMatch(message);
  });

  test('by hanging is BuildTimedOut, and the engine is quiet after cleaning [B9][B10]', async () => {
    const settings = { ...SETTINGS, timeoutMs: 2_500 };
    const step = await fetched(host.step('bfail.web.3', slowCommit(), { settings }));

    expect(await failing(perform(() => activities.buildImage(step)))).toEqual({
      type: 'BuildTimedOut',
      message: expect.stringContaining('raise build.timeout'),
    });

    await perform(() => activities.cleanBuild(step));
    expect(await host.leftovers('bfail.web.3')).toEqual([]);
  });

  test('by being cancelled leaves no process, container, image or folder [B9][B10]', async () => {
    const step = await fetched(host.step('bfail.web.4', slowCommit()));
    const environment = quietEnvironment();

    const cancelled = failing(perform(() => activities.buildImage(step), environment));
    let log = '';
    await eventually('the build to be under way', () => (log += host.log()).includes('step 1'));
    expect(withCommandLine(SLOW_LOOP)).not.toEqual([]);
    environment.cancel();

    expect((await cancelled).type).toBe('cancelled');
    await perform(() => activities.cleanBuild(step));
    expect(await host.leftovers('bfail.web.4')).toEqual([]);
    expect(withCommandLine(SLOW_LOOP)).toEqual([]);
  });

  test('with a context beyond the limit is ContextTooLarge before anything is sent', async () => {
    const commit = repository.commit({ ...LEAN, large: 'x'.repeat(200_000) });
    const settings = { ...SETTINGS, contextLimitBytes: 100_000 };
    const step = await fetched(host.step('bfail.web.5', commit, { settings }));

    const { type, message } = await failing(perform(() => activities.buildImage(step)));

    expect(type).toBe('ContextTooLarge');
    expect(message).toMatch(/"large".*build\.contextLimit/);
    expect(host.log()).not.toContain('STEP');
  });

  test('because the engine is away is EngineUnavailable, to be tried again', async () => {
    const step = await fetched(host.step('bfail.web.6', repository.commit(LEAN)));
    const away = host.activities({ podman: createPodmanClient(join(host.host.workDir, 'no.sock')) });

    expect((await failing(perform(() => away.buildImage(step)))).type).toBe('EngineUnavailable');
  });

  test('because its folder has gone says so', async () => {
    const step = host.step('bfail.web.7', repository.commit(LEAN));

    expect(await failing(perform(() => activities.buildImage(step)))).toEqual({
      type: 'Internal',
      message: expect.stringContaining('no longer on bfail'),
    });
  });
});

describe('a commit that is not to be built', () => {
  test.each(['/etc/passwd', '../../../etc/passwd', '../outside'])('a link to %s is UnsafeSource', async (link) => {
    const commit = repository.commit({ 'web/Dockerfile': 'FROM scratch\n', 'web/link': { link }, outside: 'x' });
    const step = host.step('bfail.web.20', commit, { settings: { ...SETTINGS, root: 'web' } });

    const { type, message } = await failing(perform(() => activities.fetchSource(step)));

    expect(type).toBe('UnsafeSource');
    expect(message).toContain(`"link" is a link to "${link}"`);
  });

  test.each(['../Dockerfile', '/etc/passwd', 'a/../../Dockerfile'])(
    'a Dockerfile at %s is UnsafeSource',
    async (dockerfile) => {
      const step = host.step('bfail.web.21', repository.commit(LEAN), { settings: { ...SETTINGS, dockerfile } });

      expect((await failing(perform(() => activities.fetchSource(step)))).type).toBe('UnsafeSource');
    },
  );

  test('a root folder behind a link is UnsafeSource', async () => {
    const commit = repository.commit({ 'real/Dockerfile': 'FROM scratch\n', web: { link: 'real' } });
    const step = host.step('bfail.web.22', commit, { settings: { ...SETTINGS, root: 'web' } });

    expect((await failing(perform(() => activities.fetchSource(step)))).type).toBe('UnsafeSource');
  });

  test('a root folder that it does not have is NothingToBuild', async () => {
    const settings = { ...SETTINGS, root: 'web' };
    const step = await fetched(host.step('bfail.web.23', repository.commit(LEAN), { settings }));

    expect(await failing(perform(() => activities.buildImage(step)))).toEqual({
      type: 'NothingToBuild',
      message: 'The commit has no folder "web". Correct "root" in landfall.yaml.',
    });
  });

  test.each(['../x', 'a/b', '', '-x', 'A'])('a build id %j never becomes a folder', async (buildId) => {
    const step = host.step(buildId, repository.commit(LEAN));

    expect((await failing(perform(() => activities.fetchSource(step)))).type).toBe('InvalidRequest');
    expect((await failing(perform(() => activities.cleanBuild(step)))).type).toBe('InvalidRequest');
  });
});
