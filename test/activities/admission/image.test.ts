import { describe, expect, test } from '@jest/globals';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import { createRegistryClient } from '../../../activities/registry/client.ts';
import { createImageLookup } from '../../../activities/registry/image-lookup.ts';
import type { WantedImage } from '../../../contracts/admission/delivery.ts';
import { testRegistry } from '../../support/registry.ts';
import { putImage } from '../../support/registry-image.ts';
import { attempt, failureIn } from '../github/scene.ts';
import { FILE, startDeliveryScene } from './scene.ts';

/** One that no other file uses: images of `shop/web` may be anybody's. */
const PREFIX = `${testRegistry()}/look-image`;
const REPOSITORY = 'look-image/shop/web';
const lookup = (address: string) => createImageLookup(createRegistryClient({ address, insecure: true }), address);
/** No server listens there. */
const AWAY = lookup('127.0.0.1:9');

let registry = lookup(PREFIX);
const scene = await startDeliveryScene({
  registry: {
    imageExists: (...args) => registry.imageExists(...args),
    findImage: (...args) => registry.findImage(...args),
    revisionOf: (...args) => registry.revisionOf(...args),
  },
});
const { db, land, push, deploy, deployment } = scene;

const commit = await land({ 'landfall.yaml': FILE }, { message: 'Begin' });
const other = await land({ 'a.txt': 'a' }, { message: 'Other' });
await push('main');
const put = (tag: string, more: { labels?: Record<string, string>; author?: string } = {}) =>
  putImage({ registry: testRegistry(), name: REPOSITORY, tag, ...more });
const digest = await put(commit);

const UNKNOWN = `sha256:${'0'.repeat(64)}`;
const REVISION = 'org.opencontainers.image.revision';
const of = (image: Partial<WantedImage>, environment: string | null = 'production') => deploy({ image, environment });

describe('an image that a CI system has pushed', () => {
  test('is released by digest, by name, to the one environment, with the settings of its commit, and nothing is built [C1]', async () => {
    const { releases } = await of({ commit });
    expect(releases).toMatchObject([
      {
        key: { project: 'shop', service: 'web' },
        commit,
        subject: 'Begin',
        ref: 'main',
        byName: true,
        actor: { kind: 'ci', name: 'actions' },
        environments: [{ name: 'production' }],
        extraTags: [],
        settings: { run: { port: 8080 } },
        image: { image: `${testRegistry()}/${REPOSITORY}@${digest}`, digest, builder: 'ci' },
      },
    ]);
  });

  test('asked for again with the same key is the same release [C4][F1]', async () => {
    const first = await deploy({ requestKey: 'deploy/actions/one', image: { commit }, environment: 'production' });
    const again = await deploy({ requestKey: 'deploy/actions/one', image: { commit }, environment: 'production' });
    expect(again).toEqual(first);
  });

  test('is found under another tag, and by its digest with its commit beside it [C1]', async () => {
    const tagged = await put('v1.2.3', { author: 'tagged' });
    expect((await of({ commit, tag: 'v1.2.3' })).releases).toMatchObject([{ commit, image: { digest: tagged } }]);
    expect((await of({ commit, digest })).releases).toMatchObject([{ commit, image: { digest } }]);
    expect((await of({ commit, tag: 'v1.2.3', digest: tagged })).releases).toHaveLength(1);
  });

  test('says its own commit, in its label or by having been built here [C1]', async () => {
    const labelled = await put('labelled', { labels: { [REVISION]: other } });
    expect((await of({ digest: labelled })).releases).toMatchObject([{ commit: other, subject: 'Other' }]);

    const [release] = (await of({ commit })).releases;
    if (!release) throw new Error('nothing was released');
    const built = await put('built', { author: 'landfall' });
    const { key, origin, settings } = release;
    const build = {
      buildId: 'shop.web.900',
      key,
      origin,
      commit: other,
      settings: settings.build,
      extraTags: [],
    };
    const records = createRecordActivities({ db });
    await records.recordBuild({ build, releaseId: 'shop.web.900', at: 1 });
    const image = `${testRegistry()}/${REPOSITORY}@${built}`;
    await records.recordBuildState({
      buildId: 'shop.web.900',
      state: 'completed',
      at: 2,
      image,
      digest: built,
      builder: 'dockerfile',
    });
    expect((await of({ digest: built })).releases).toMatchObject([{ commit: other }]);
    expect(await failureIn(of({ commit, tag: 'built' }))).toMatchObject({ type: 'DigestMismatch' });
  });

  test('whose label comes from a base image of another repository is taken at the caller’s word [C1]', async () => {
    await put('based', { labels: { [REVISION]: 'b'.repeat(40) } });
    expect((await of({ commit, tag: 'based' })).releases).toMatchObject([{ commit }]);
  });

  test('that was built from another commit is refused, saying from which [C1]', async () => {
    await put('mislabelled', { labels: { [REVISION]: other } });
    const refused = await failureIn(of({ commit, tag: 'mislabelled' }));
    expect(refused).toMatchObject({ type: 'DigestMismatch', nonRetryable: true });
    expect(refused.message).toContain(`was built from ${other}, not from ${commit}`);
  });

  test.each([
    [
      'a tag that nobody pushed',
      { commit: null, tag: 'nobody' },
      'ImageNotFound',
      'has no image shop/web:nobody. Push it first',
    ],
    ['a commit whose image nobody pushed', { commit: other }, 'ImageNotFound', 'has no image shop/web:'],
    ['a digest that nobody pushed', { digest: UNKNOWN }, 'ImageNotFound', `shop/web@${UNKNOWN}`],
    ['another digest than the commit’s', { commit, digest: UNKNOWN }, 'DigestMismatch', `, not ${UNKNOWN}`],
    ['a tag of no known commit', { tag: 'v1.2.3' }, 'InvalidRequest', 'send "commit" too'],
    [
      'a commit that the repository does not have',
      { commit: 'f'.repeat(40), tag: 'v1.2.3' },
      'CommitNotFound',
      'has no commit',
    ],
  ] as const)('%s is refused [C1][C2]', async (_name, image, type, words) => {
    const refused = await failureIn(of(image));
    expect(refused).toMatchObject({ type, nonRetryable: true });
    expect(refused.message).toContain(words);
  });

  test('without an environment goes where the service runs, if that is one place only [C1]', async () => {
    await putImage({ registry: testRegistry(), name: 'look-image/shop/api', tag: commit });
    const api = await deploy({ service: 'api', image: { commit }, environment: null });
    expect(api.releases).toMatchObject([{ environments: [{ name: 'staging' }] }]);
    const refused = await failureIn(of({ commit }, null));
    expect(refused.message).toContain('Name the environment: shop.web runs in staging, production, preview, manual.');
  });

  test('for an environment or a service that is not there is refused with what there is [C1]', async () => {
    expect(await failureIn(of({ commit }, 'moon'))).toMatchObject({
      type: 'InvalidRequest',
      message: 'shop.web has no environment moon. It has: staging, production, preview, manual.',
    });
    expect(await failureIn(deploy({ service: 'nothing', image: { commit } }))).toMatchObject({
      type: 'UnknownService',
    });
  });

  test('while the registry is away is tried a few times, then given up: a CI job waits for the answer [C2]', async () => {
    registry = AWAY;
    const request = deployment({ image: { commit }, environment: 'production' });
    const early = await failureIn(attempt(1, request));
    const late = await failureIn(attempt(5, request));
    registry = lookup(PREFIX);
    expect(early).toMatchObject({ type: 'RegistryUnavailable', nonRetryable: false });
    expect(late).toMatchObject({ type: 'WaitExpired', nonRetryable: true });
    expect(late.message).toContain('Nothing was touched');
  });

  test('for a branch without a landfall.yaml is refused in words [C1]', async () => {
    await land({ 'landfall.yaml': null });
    const refused = await failureIn(of({ commit }));
    await land({ 'landfall.yaml': FILE });
    expect(refused).toMatchObject({ type: 'InvalidConfiguration' });
    expect(refused.message).toContain('has no landfall.yaml');
  });
});

test('a service that deploys on request only is known from its first push, so that it can be asked for [C1]', async () => {
  const file = FILE.replace('project: shop', 'project: quiet').replaceAll(
    /^( {2}(?:staging|production|preview): \{)/gm,
    '$1 autoDeploy: false,',
  );
  await land({ 'landfall.yaml': file });
  expect(await push('main')).toMatchObject({ releases: [], skipped: ['no environment deploys pushes to main'] });
  const refused = await failureIn(deploy({ project: 'quiet', image: { commit: other }, environment: 'manual' }));
  expect(refused.type).toBe('ImageNotFound');
});
