import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { declareService, saveServices } from '../../../store/queries/services.ts';
import { environmentLive, projects, releases } from '../../../store/schema.ts';
import { asActivity } from '../github/scene.ts';
import { FILE, startDeliveryScene } from './scene.ts';
import type { Route } from '../../../contracts/config/routes.ts';
import { podmanTarget } from '../../support/targets/podman.ts';

const { db, github, land, push, repository, rules, origin, validate, commit } = await startDeliveryScene();
const WITHOUT = FILE.replace('project: shop\n', '');
const rulesOf = (job: Parameters<typeof rules>[0]) => asActivity(() => rules(job));
const called = async () => (await push('main')).releases.map(({ key }) => key.project);
/** Something of the project serves. */
const goesLive = (project: string, service = 'web') =>
  db.insert(environmentLive).values({
    ...{ project, service, environment: 'staging', previous: null, since: new Date() },
    live: { deploymentId: 'x', sequence: 1, generation: 1, commit, image: 'x', digest: 'sha256:x' },
  });

beforeEach(async () => {
  await db.delete(environmentLive);
  await db.execute(sql`truncate ${projects}, ${releases} cascade`);
  github.renameRepository(repository.id, 'web');
});

describe('a repository without a project in its landfall.yaml', () => {
  test('gives its own name, and keeps that when it is renamed [B4]', async () => {
    await land({ 'landfall.yaml': WITHOUT, 'a.txt': '1' });
    expect(await called()).toEqual(['web', 'web']);
    github.renameRepository(repository.id, 'Storefront');
    await land({ 'a.txt': '2' });
    expect(await called()).toEqual(['web', 'web']);
    const checked = await validate(await land({ 'a.txt': '3' }));
    expect(checked?.summary).toContain('`web/api`');
  });

  test('keeps the project that the file named before [B4]', async () => {
    await land({ 'landfall.yaml': FILE, 'a.txt': '4' });
    expect(await called()).toEqual(['shop', 'shop']);
    await land({ 'landfall.yaml': WITHOUT });
    expect(await called()).toEqual(['shop', 'shop']);
  });
});

describe('a landfall.yaml that names another project', () => {
  test('is refused while something is live under the name of before, and says what to write [B4]', async () => {
    await land({ 'landfall.yaml': FILE, 'a.txt': '5' });
    await push('main');
    await goesLive('shop');
    const moved = await land({ 'landfall.yaml': FILE.replace('project: shop', 'project: store') });
    const refused = await push('main');
    expect(refused.releases).toEqual([]);
    expect(JSON.stringify(refused)).toContain('write \\"project: shop\\"');
    expect(await validate(moved)).toMatchObject({
      conclusion: 'failure',
      summary: expect.stringContaining('project: shop'),
    });
    const job = { kind: 'protection', requestKey: 'x', runId: '1', environment: 'production', ref: 'main' } as const;
    const about = {
      repositoryId: origin.repositoryId,
      repository: origin.repository,
      installationId: origin.installationId,
    };
    const asked = {
      ...job,
      ...about,
      commit: moved,
      event: 'push',
      actor: { kind: 'github', name: 'octocat' },
    } as const;
    expect(await rulesOf(asked)).toMatchObject({ known: false, why: expect.stringContaining('project: shop') });
  });

  test('is taken where nothing is live yet [B4]', async () => {
    await land({ 'landfall.yaml': FILE, 'a.txt': '6' });
    await push('main');
    await land({ 'landfall.yaml': FILE.replace('project: shop', 'project: store') });
    expect(await called()).toEqual(['store', 'store']);
  });
});

describe("a landfall.yaml that names another repository's project", () => {
  test('learns nothing of what is live there, wherever it is read [A1][B4]', async () => {
    const blog = { project: 'blog', service: 'secretive', cloneUrl: 'https://git.test/blog.git', branch: 'main' };
    const target = podmanTarget(['one'], { strategy: 'recreate', publishPort: 20_080 });
    await declareService(db, blog);
    await saveServices(db, 'blog', [
      {
        ...{ service: 'secretive', branch: 'main', settings: null },
        environments: [{ settings: { name: 'staging', production: false, target }, branch: 'main', autoDeploy: true }],
      },
    ]);
    await goesLive('blog', 'secretive');
    const stolen = await land({ 'landfall.yaml': FILE.replace('project: shop', 'project: blog'), 'a.txt': '7' });
    const checked = await validate(stolen);
    expect(checked).toMatchObject({ conclusion: 'success', summary: expect.stringContaining('blog/web') });
    const refused = JSON.stringify(await push('main'));
    expect(refused).toContain('The project name blog belongs to');
    expect(`${JSON.stringify(checked)}${refused}`).not.toMatch(/secretive/);
  });
});

describe('a name at which another project answers', () => {
  test('is refused with its owner and what to write, and taken once it was given up [B4][B18]', async () => {
    await declareService(db, {
      project: 'blog',
      service: 'site',
      cloneUrl: 'https://git.test/blog.git',
      branch: 'main',
    });
    const declare = (routes: readonly Route[]) =>
      saveServices(db, 'blog', [
        {
          ...{ service: 'site', branch: 'main', settings: null },
          environments: [
            {
              settings: { name: 'live', production: true, target: podmanTarget(['one'], { routes }) },
              ...{ branch: 'main', autoDeploy: true },
            },
          ],
        },
      ]);
    await declare([{ host: 'www.example.com', path: '/blog' }]);
    const named = FILE.replace('web: 20080', 'web: { hosts: [www.example.com], paths: [/, /blog] }');
    await land({ 'landfall.yaml': named, 'a.txt': '8' });
    const { releases: none, refused } = await push('main');
    expect(none).toEqual([]);
    expect(refused?.failure).toMatchObject({
      type: 'RouteTaken',
      message: expect.stringMatching(
        /^landfall\.yaml: www\.example\.com\/blog at one is that of blog\.site\.live: use another name or path/,
      ),
    });
    await declare([{ host: 'blog.example.com', path: '/' }]);
    expect(await called()).toEqual(['shop', 'shop']);
  });
});
