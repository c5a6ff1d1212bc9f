/** Requests for the preview of a pull request, and what looks at the default branch leave of it. */
import { describe, expect, test } from '@jest/globals';
import { listRepositoryServices } from '../../../store/queries/repository.ts';
import { listServices } from '../../../store/queries/views.ts';
import { failureIn } from '../github/scene.ts';
import { startDeliveryScene } from './scene.ts';

const PREVIEWS = `previews:
  target:
    podman:
      hosts: [one]
      publish:
        web: { hosts: ['pr-{number}.preview.example.com'] }
        api: { hosts: ['pr-{number}.preview.example.com'], paths: [/api] }
`;
const file = (services: string, previews = PREVIEWS) => `version: 1
project: shop
services: ${services}
environments:
  staging: { target: { podman: { hosts: [one], publish: { web: 20080, api: 20081, worker: 20082 } } } }
${previews}`;
const FILE = file('{ web: {}, api: {}, worker: {} }');

const { db, land, origin, plan, push, request, work } = await startDeliveryScene();
await land({ 'landfall.yaml': FILE });
await push('main');

/** A commit that no branch of the repository has: GitHub keeps a fork's under the number of its pull request. */
async function forked(files: Readonly<Record<string, string | null>>, number: number): Promise<string> {
  const commit = await work.commit(files, 'From a fork');
  await work.git('push', '--quiet', '--force', 'origin', `HEAD:refs/pull/${number}/head`);
  await work.git('reset', '--quiet', '--hard', 'HEAD~1');
  return commit;
}

const shopNow = async (service = 'web') => (await listServices(db)).find((one) => one.service === service);
const previewsOf = async (service = 'web') => (await shopNow(service))?.previews?.map(({ environment }) => environment);

describe('a request for a preview', () => {
  test('goes to the environment of its template, with the very commit and its own settings, as the newest head of its pull request [D1][D2][B4]', async () => {
    const services = '{ web: { run: { port: 9000, env: { FROM: fork } } }, api: {} }';
    const own = file(services, PREVIEWS.replace('preview.example.com', 'evil.example.com'));
    const commit = await forked({ 'landfall.yaml': own }, 7);
    const { releases, decisions } = await request({ environment: 'pr-7', ref: commit });
    expect(releases).toMatchObject([
      {
        ...{ commit, ref: 'pull/7/head', byName: false, byHand: true, extraTags: [] },
        // The version before waits without a process.
        settings: { run: { port: 9000, env: { FROM: 'fork' }, warm: 'stopped' } },
      },
    ]);
    expect(releases[0]?.environments).toEqual([
      expect.objectContaining({
        name: 'pr-7',
        production: false,
        queue: 'supersede',
        preview: { number: 7 },
        target: expect.objectContaining({ routes: [{ host: 'pr-7.preview.example.com', path: '/' }] }),
      }),
    ]);
    expect(decisions).toMatchObject([{ shouldDeploy: true, environment: 'pr-7', commit }]);
    expect(await plan({ environment: 'pr-7', ref: commit })).toMatchObject({
      releases: [{ environments: [{ name: 'pr-7' }] }],
    });
  });

  test('is one for each service; both have their parts of the one name [D1][D2]', async () => {
    const commit = await forked({ 'a.txt': 'a' }, 8);
    for (const service of ['web', 'api']) {
      const { releases } = await request({ service, environment: 'pr-8', ref: commit });
      expect(releases).toMatchObject([{ key: { service }, environments: [{ name: 'pr-8' }] }]);
    }
    expect([await previewsOf('web'), await previewsOf('api')]).toEqual([['pr-7', 'pr-8'], ['pr-8']]);
  });

  test.each([
    ['no commit', { ref: null }, 'InvalidRequest', /has no preview pr-9: it shows one commit\. Name it by its full id/],
    ['a branch', { ref: 'main' }, 'InvalidRequest', /Name it by its full id/],
    ['a tag', { tag: 'v1' }, 'InvalidRequest', /Name it by its full id/],
    ['a service that is shown nowhere', { service: 'worker' }, 'InvalidRequest', /shows other services only: web, api/],
    ['a commit that is not there', { ref: 'f'.repeat(40) }, 'CommitNotFound', /has no commit ffff/],
    ['another form of the number', { environment: 'pr-09' }, 'InvalidRequest', /has no environment pr-09/],
    ['all previews', { environment: 'previews' }, 'InvalidRequest', /has no environment previews/],
  ])('with %s is refused in a sentence [D1]', async (_what, more, type, words) => {
    const commit = await forked({ 'b.txt': 'b' }, 9);
    const refused = await failureIn(request({ environment: 'pr-9', ref: commit, ...more }));
    expect(refused).toMatchObject({ type, nonRetryable: true, message: expect.stringMatching(words) });
    expect(await previewsOf()).not.toContain('pr-9');
  });

  test('for a service that the commit does not have is refused with those that it has [D1]', async () => {
    const commit = await forked({ 'landfall.yaml': file('{ web: {} }') }, 10);
    expect(await failureIn(request({ service: 'api', environment: 'pr-10', ref: commit }))).toMatchObject({
      type: 'UnknownService',
      message: expect.stringMatching(/declares no service api, only: web/),
    });
    expect((await request({ environment: 'pr-10', ref: commit })).releases).toHaveLength(1);
  });

  test('is not a promotion, and none follows from it [A6]', async () => {
    const commit = await forked({ 'c.txt': 'c' }, 11);
    await request({ environment: 'pr-11', ref: commit });
    const { releases } = await push('main');
    expect(releases.flatMap(({ environments }) => environments.map(({ name }) => name))).not.toContain('pr-11');
  });
});

describe('a preview that is there', () => {
  test('is shown apart from what landfall.yaml lists, and is meant by a command only by its name [D7]', async () => {
    const shop = await shopNow();
    expect(shop?.environments.map(({ environment }) => environment)).toEqual(['staging']);
    expect(shop?.previews).toMatchObject([
      { environment: 'pr-7', preview: { number: 7 }, live: null },
      { environment: 'pr-8', preview: { number: 8 } },
      { environment: 'pr-10', preview: { number: 10 } },
      { environment: 'pr-11', preview: { number: 11 } },
    ]);
    expect(shop?.previews?.some((one) => 'removedAt' in one)).toBe(false);
    const [web] = (await listRepositoryServices(db, origin.repositoryId)).filter(({ service }) => service === 'web');
    expect(web?.unlisted?.toSorted()).toEqual(['pr-10', 'pr-11', 'pr-7', 'pr-8']);
  });

  test('stays as it is when the default branch is read, also without previews, or without the service [D4][D7]', async () => {
    const before = await previewsOf();
    await land({ 'landfall.yaml': file('{ web: {}, api: {}, worker: {} }', '') });
    await push('main');
    expect(await previewsOf()).toEqual(before);
    await land({ 'landfall.yaml': file('{ worker: {} }', '').replace('web: 20080, api: 20081, ', '') });
    await push('main');
    expect(await previewsOf()).toEqual(before);
    expect((await shopNow())?.previews?.some((one) => 'removedAt' in one)).toBe(false);
  });

  test('gets no further commit once the default branch has no previews [D1]', async () => {
    await land({ 'landfall.yaml': file('{ web: {}, api: {}, worker: {} }', '') });
    await push('main');
    const commit = await forked({ 'd.txt': 'd' }, 7);
    expect(await failureIn(request({ environment: 'pr-7', ref: commit }))).toMatchObject({
      type: 'InvalidRequest',
      message: 'shop.web has no preview pr-7: landfall.yaml on main has no "previews". Add it there first.',
    });
  });
});
