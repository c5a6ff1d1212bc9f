import { describe, expect, test } from '@jest/globals';
import { eq } from 'drizzle-orm';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import { declareService } from '../../../store/queries/services.ts';
import { releases as releaseRows } from '../../../store/schema.ts';
import { DIGEST } from '../../store/support/samples.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { startGitServer } from '../../../stand-ins/git-server.ts';
import { tempDir } from '../../support/tmp.ts';
import { failureIn } from '../github/scene.ts';
import { createRepository } from '../source/repository.ts';
import { FILE, startDeliveryScene } from './scene.ts';

const kept = new Set<string>();
let registryAway = false;
const tagged: string[] = [];
const registry = {
  tagImage: async (_key: unknown, digest: string, tag: string) => void tagged.push(`${tag} ${digest}`),
  async imageExists(image: string) {
    if (registryAway) throw new Error('away');
    return kept.has(image);
  },
};
const { db, land, plan, push, request, work } = await startDeliveryScene({ registry });
const old = await land({ 'landfall.yaml': FILE }, { message: 'Old' });
await push('main');
const head = await land({ 'a.txt': 'a' }, { message: `${'x'.repeat(120)} [skip deploy]` });

describe('a request', () => {
  test('takes the head of the branch to all environments that follow it, even what deploys only on request [B4]', async () => {
    const { releases } = await request();
    expect(releases).toMatchObject([{ commit: head, byName: false, actor: { kind: 'token', name: 'ci' } }]);
    expect(releases[0]?.subject).toBe(`${'x'.repeat(99)}…`);
    expect(releases[0]?.environments.map(({ name }) => name)).toEqual(['staging', 'production', 'manual']);
  });

  test('asked again is the same release; asked anew it is another one [B1][F1]', async () => {
    const first = await request({ requestKey: 'mine' });
    expect(await request({ requestKey: 'mine' })).toEqual(first);
    const again = await request();
    expect(again.releases[0]?.sequence).toBe((first.releases[0]?.sequence ?? 0) + 1);
  });

  test('for one environment goes there only [B4]', async () => {
    const { releases } = await request({ environment: 'production' });
    expect(releases[0]?.environments.map(({ name }) => name)).toEqual(['production']);
  });

  test('for an environment that follows another branch takes that branch [B4]', async () => {
    await work.push({ ref: 'next' });
    const { releases } = await request({ environment: 'preview' });
    expect(releases).toMatchObject([{ ref: 'next', environments: [{ name: 'preview' }], extraTags: [] }]);
  });

  test('for a commit is by name: it may go backwards, and is not tagged latest [B4]', async () => {
    const { releases } = await request({ ref: old, environment: 'production' });
    expect(releases).toMatchObject([{ commit: old, byName: true, ref: 'main', subject: 'Old', extraTags: [] }]);
    // It leaves the branch's own order alone.
    const newest = await push('main');
    expect(newest.releases).toEqual([]);
  });

  test.each([
    [{ service: 'nothing' }, 'UnknownService', 'There is no service shop.nothing'],
    [{ project: 'nobody' }, 'UnknownService', 'There is no service nobody.web'],
    [{ environment: 'moon' }, 'InvalidRequest', 'It has: staging, production, preview, manual.'],
    [{ service: 'api', environment: 'production' }, 'InvalidRequest', 'It has: staging.'],
    [{ ref: 'feature' }, 'InvalidRequest', 'Name one of: staging, production, preview, manual.'],
    [{ ref: 'gone', environment: 'staging' }, 'CommitNotFound', 'has no branch gone'],
    [{ ref: 'f'.repeat(40) }, 'CommitNotFound', `has no commit ${'f'.repeat(40)}`],
    [{ ref: '--upload-pack=x' }, 'InvalidRequest', 'neither a full commit id nor a branch name'],
  ] as const)('%j is refused: %s [B4]', async (more, type, words) => {
    const refused = await failureIn(request(more));
    expect(refused).toMatchObject({ type, nonRetryable: true });
    expect(refused.message).toContain(words);
  });

  test('for a commit that does not have the service says which it has [B4]', async () => {
    const file = FILE.replace('  api: { root: api }\n', '');
    await land({ 'landfall.yaml': file });
    const { type, message } = await failureIn(request({ service: 'api', environment: 'staging' }));
    expect(type).toBe('UnknownService');
    expect(message).toContain('declares no service api, only: web');
    await land({ 'landfall.yaml': FILE });
  });

  test('reuses an image of the same commit and settings while the registry has it [B7][F1]', async () => {
    const built = await request();
    const [release] = built.releases;
    if (!release) throw new Error('nothing was released');
    const { releaseId, key, origin, commit, settings } = release;
    const image = `registry.example/shop/web@${DIGEST}`;
    const records = createRecordActivities({ db });
    const build = { buildId: releaseId, key, origin, commit, settings: settings.build, extraTags: [] };
    await records.recordBuild({ build, releaseId, at: 1 });
    await records.recordBuildState({
      buildId: releaseId,
      state: 'completed',
      at: 2,
      image,
      digest: DIGEST,
      builder: 'dockerfile',
    });

    expect((await request()).releases[0]).not.toHaveProperty('image');
    kept.add(image);
    const expected = { image, digest: DIGEST, builder: 'dockerfile' };
    expect((await request()).releases).toMatchObject([{ commit, image: expected }]);
    await work.git('tag', 'v3.0');
    await work.git('push', '--quiet', 'origin', 'v3.0');
    await plan({ tag: 'v3.0', environment: 'staging' });
    // A plan changes nothing.
    expect(tagged).toEqual([]);
    const asked = await request({ tag: 'v3.0', environment: 'staging' });
    // Nothing is built that could get the tag, so the image gets it here.
    expect([asked.releases, tagged]).toMatchObject([[{ image: expected, tag: 'v3.0' }], [`3.0 ${DIGEST}`]]);
    registryAway = true;
    expect((await request()).releases[0]).not.toHaveProperty('image');
    registryAway = false;
    await land({ 'landfall.yaml': FILE.replace('web: { run', 'web: { build: { args: { A: b } }, run') });
    expect((await request()).releases[0]).not.toHaveProperty('image');
  });
});

describe('a service of a public Git URL', () => {
  test('is released on request, without any GitHub App [B11]', async () => {
    const root = tempDir();
    const repository = createRepository(root);
    const commit = repository.commit({ 'landfall.yaml': FILE }, 'Begin');
    const server = await startGitServer({ root });
    onCleanup(() => server.stop());
    const service = { project: 'public', service: 'web', cloneUrl: server.url + repository.path, branch: 'main' };
    await declareService(db, service);

    const { releases } = await request({ project: 'public' });
    const origin = { kind: 'git', cloneUrl: service.cloneUrl };
    expect(releases).toMatchObject([{ releaseId: 'public.web.1', commit, origin, ref: 'main', extraTags: ['latest'] }]);
    expect((await request({ project: 'public', ref: commit })).releases).toMatchObject([{ commit, byName: true }]);
    expect(await db.select().from(releaseRows).where(eq(releaseRows.project, 'public'))).toHaveLength(2);

    repository.commit({ 'README.md': 'gone' });
    expect((await request({ project: 'public' })).skipped).toEqual([
      'the default branch main has no landfall.yaml, which says what goes where',
    ]);
  });
});
