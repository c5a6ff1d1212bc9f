import { podmanTarget } from '../../support/targets/podman.ts';
import { describe, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { declareService } from '../../../store/queries/services.ts';
import { environmentLive, environments, repositories, services } from '../../../store/schema.ts';
import { ACTOR, FILE, startDeliveryScene } from './scene.ts';

const scene = await startDeliveryScene();
const { db, land, origin, push, work } = scene;
const names = (release: { environments: readonly { name: string }[] } | undefined) =>
  release?.environments.map(({ name }) => name);

describe('a push', () => {
  test('to the default branch releases each service to the environments that follow it, in order [B4]', async () => {
    const commit = await land({ 'landfall.yaml': FILE }, { message: 'Add the shop\n\nWith a body.' });
    const { releases, skipped } = await push('main');
    expect(skipped).toEqual([]);
    expect(releases).toMatchObject([
      { releaseId: 'shop.api.1', settings: { build: { root: 'api' } } },
      {
        releaseId: 'shop.web.1',
        sequence: 1,
        origin,
        ref: 'main',
        commit,
        subject: 'Add the shop',
        actor: ACTOR,
        byName: false,
        settings: { build: { root: '.' }, run: { port: 8080 } },
        extraTags: ['latest'],
      },
    ]);
    expect(releases.map(names)).toEqual([['staging'], ['staging', 'production']]);
    expect(releases[1]?.environments[1]).toEqual({
      name: 'production',
      production: true,
      target: podmanTarget(['one', 'two'], { publishPort: 30_080 }),
      issues: true,
    });
    expect(await db.select().from(repositories)).toMatchObject([
      { id: origin.repositoryId, fullName: 'acme/web', defaultBranch: 'main' },
    ]);
    expect(await db.select().from(services).orderBy(services.service)).toMatchObject([
      { project: 'shop', service: 'api', branch: 'main', declared: false, lastSequence: 1 },
      { project: 'shop', service: 'web', settings: { run: { port: 8080 } } },
    ]);
    const followed = await db.select().from(environments).where(eq(environments.service, 'web'));
    expect(followed.map(({ environment, branch, autoDeploy }) => [environment, branch, autoDeploy]).sort()).toEqual([
      ['manual', 'main', false],
      ['preview', 'next', true],
      ['production', 'main', true],
      ['staging', 'main', true],
    ]);
  });

  test('that is delivered again gives the same releases, though the branch has moved on [B1][F1]', async () => {
    const first = await push('main', { requestKey: 'guid' });
    await land({ 'a.txt': '1' });
    const moved = await push('main', { requestKey: 'moved' });
    await land({ 'a.txt': '2' });
    expect((await push('main', { requestKey: 'moved' })).releases).toEqual(moved.releases);
    expect(first.releases).toEqual([]);
  });

  test('of a head that is released already says which release brings it [B4]', async () => {
    const { releases } = await push('main');
    expect(releases).toHaveLength(2);
    expect(await push('main')).toMatchObject({
      releases: [],
      skipped: releases.map(({ key, releaseId }) => `${key.service}: already released as ${releaseId}`),
    });
  });

  test('to another branch takes services from the commit and environments from the default branch [B4]', async () => {
    await work.git('checkout', '--quiet', '-b', 'next');
    const file = FILE.replace('port: 8080', 'port: 9090').replace('publish: { web: 40080 }', 'publish: { web: 1 }');
    const commit = await land({ 'landfall.yaml': file }, { ref: 'next' });
    const { releases, skipped } = await push('next');
    await work.git('checkout', '--quiet', 'main');
    expect(releases).toMatchObject([
      {
        commit,
        ref: 'next',
        settings: { run: { port: 9090 } },
        environments: [{ name: 'preview', target: { ports: [40_080] } }],
        extraTags: [],
      },
    ]);
    expect(skipped).toEqual(['api: no environment that follows next publishes a port for it']);
    // A branch's own file does not change the service's settings.
    const [web] = await db.select().from(services).where(eq(services.service, 'web'));
    expect(web).toMatchObject({ branch: 'main', settings: { run: { port: 8080 } } });
  });

  test('to a branch that nobody follows deploys nothing [B4]', async () => {
    await work.push({ ref: 'feature' });
    expect(await push('feature')).toMatchObject({
      releases: [],
      skipped: ['no environment deploys pushes to feature'],
    });
  });

  test('that takes a service or an environment out keeps those listed that were used, as removed; back, they are as before [B3][B4]', async () => {
    const live = {
      deploymentId: 'x',
      sequence: 1,
      generation: 1,
      commit: '0'.repeat(40),
      image: 'x',
      digest: 'sha256:x',
    };
    for (const [service, environment] of [
      ['api', 'staging'],
      ['web', 'manual'],
    ] as const) {
      await db
        .insert(environmentLive)
        .values({ project: 'shop', service, environment, previous: null, since: new Date(), live });
    }
    const listed = async () => {
      const rows = await db.select().from(environments);
      const named = rows.map((row) => `${row.service} ${row.environment}${row.removedAt ? ' removed' : ''}`);
      return named.toSorted();
    };
    const before = await listed();
    const without = FILE.replace(/^ {2}api: .*\n/m, '')
      .replace(', api: 20081', '')
      .replace(/^ {2}(?:manual|preview): .*\n/gm, '');

    await land({ 'landfall.yaml': without });
    expect((await push('main')).releases.map(({ key }) => key.service)).toEqual(['web']);
    expect(await listed()).toEqual(['api staging removed', 'web manual removed', 'web production', 'web staging']);

    await land({ 'landfall.yaml': FILE });
    await push('main');
    expect(await listed()).toEqual(before);
    await db.delete(environmentLive);
  });

  test('of a branch that is gone deploys nothing [B4]', async () => {
    await work.git('push', '--quiet', 'origin', ':refs/heads/next');
    expect(await push('next')).toMatchObject({ releases: [], skipped: ['branch next is gone'] });
  });

  test.each(['[skip deploy]', '[deploy skip]', '[Skip Deploy]'])(
    'with %s in the head is skipped [B4]',
    async (mark) => {
      const commit = await land({}, { message: `Tidy\n\nOnly the docs.\n${mark}` });
      expect(await push('main')).toMatchObject({
        releases: [],
        skipped: [`${commit.slice(0, 7)} asks not to be deployed`],
      });
    },
  );

  test('without landfall.yaml is skipped, with a sentence [B4]', async () => {
    const commit = await land({ 'landfall.yaml': null });
    expect((await push('main')).skipped).toEqual([`${commit.slice(0, 7)} has no landfall.yaml`]);
    expect((await push('feature-2')).skipped).toEqual([
      'the default branch main has no landfall.yaml, which says what goes where',
    ]);
  });

  test('with an invalid landfall.yaml is refused with line and column, for the commit to show [B4]', async () => {
    const commit = await land({ 'landfall.yaml': 'version: 1\nservices:\n  web:\n    port: 80\n' });
    const { releases, refused } = await push('main');
    expect(releases).toEqual([]);
    expect(refused).toMatchObject({ origin, commit, failure: { type: 'InvalidConfiguration' } });
    expect(refused?.failure.message).toContain('landfall.yaml:4:5: services.web');
  });

  test('to a project that belongs to another source is refused, and names it [B4]', async () => {
    const cloneUrl = 'https://git.example/other.git';
    await declareService(db, { project: 'taken', service: 'web', cloneUrl, branch: 'main' });
    const commit = await land({ 'landfall.yaml': FILE.replace('project: shop', 'project: taken') });
    const { releases, refused } = await push('main');
    expect(releases).toEqual([]);
    expect(refused).toMatchObject({ origin, commit, failure: { type: 'InvalidConfiguration' } });
    expect(refused?.failure.message).toContain(`The project name taken belongs to ${cloneUrl}`);
  });

  test('to another branch deploys nothing while the default branch’s file is broken, and says what is wrong [B4]', async () => {
    await land({ 'landfall.yaml': 'version: 2\n' });
    await work.push({ ref: 'other' });
    expect(await push('other')).toMatchObject({
      releases: [],
      skipped: [expect.stringContaining('landfall.yaml at the default branch main cannot be used:\nlandfall.yaml:1:')],
    });
  });

  test('without a project stays in the one that the repository has [B4]', async () => {
    await land({ 'landfall.yaml': FILE.replace('project: shop', '') });
    const { releases } = await push('main');
    expect(releases.map(({ key }) => key)).toEqual([
      { project: 'shop', service: 'api' },
      { project: 'shop', service: 'web' },
    ]);
  });

  test('without an installation goes through the one that is known, or is skipped [B4]', async () => {
    await land({ 'landfall.yaml': FILE });
    expect((await push('main', { installationId: null })).releases).toHaveLength(2);
    const unknown = await push('main', { installationId: null, repositoryId: '1', repository: 'acme/unknown' });
    expect(unknown.releases).toEqual([]);
    expect(unknown.skipped[0]).toContain('acme/unknown is not known');
  });

  test.each(['--upload-pack=x', 'a b', 'a;b', '', 'x'.repeat(300)])(
    'to branch %j is not even looked at [B4]',
    async (branch) => {
      const before = scene.github.calls().length;
      expect((await push(branch)).skipped).toEqual(['the branch has a name that Landfall does not take']);
      expect(scene.github.calls()).toHaveLength(before);
    },
  );
});
