import { describe, expect, test } from '@jest/globals';
import { createDeliveryActivities } from '../../../activities/admission/admission.activities.ts';
import { createGitHubSource } from '../../../activities/github/source.ts';
import { createGitReader } from '../../../activities/source/git-reader.ts';
import type { Trigger } from '../../../contracts/admission/delivery.ts';
import { deploymentId } from '../../../contracts/core/ids.ts';
import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import { digestOf } from '../../support/simulation/fixtures.ts';
import { asActivity, failureIn } from '../github/scene.ts';
import { recordAsLive } from './recorded-live.ts';
import { ACTOR, FILE, startDeliveryScene } from './scene.ts';

const kept = new Set<string>();
const registry = { imageExists: async (image: string) => kept.has(image) };
const scene = await startDeliveryScene({ registry });
const { land, push, admit, db } = scene;

let promotions = 0;
const promotion = (environment: string): Trigger => ({
  ...{ kind: 'promote', requestKey: `promote-${(promotions += 1)}`, project: 'shop', service: 'web', environment },
  actor: { kind: 'github', name: 'ann' },
});
const promote = (environment: string) => admit(promotion(environment));

/** Records it like the deployment and its environment do; its image is in the registry. */
async function live(release: ReleaseInput, environment: string, isHeard = true): Promise<string> {
  const { digest, image } = await recordAsLive(db, release, environment, isHeard);
  kept.add(image);
  return digest;
}

async function landed(): Promise<ReleaseInput> {
  await land({ 'a.txt': String((promotions += 1)) });
  const web = (await push('main')).releases.find(({ key }) => key.service === 'web');
  if (!web) throw new Error('nothing was released');
  return web;
}

function version({ key, sequence, commit }: ReleaseInput, environment: string) {
  const digest = digestOf(commit);
  const image = `registry.test/shop/web@${digest}`;
  const id = deploymentId({ ...key, environment }, sequence);
  return { deploymentId: id, sequence, generation: sequence, commit, image, digest };
}

describe('a promotion', () => {
  test('with nothing live before it is refused, and says where to deploy first [A6]', async () => {
    await land({ 'landfall.yaml': FILE });
    const { releases } = await push('main');
    const web = releases.find(({ key }) => key.service === 'web');
    expect(await failureIn(promote('production'))).toMatchObject({
      ...{
        type: 'InvalidRequest',
        message: 'Nothing is live in staging, which comes before production. Deploy there first.',
      },
    });
    if (web) await live(web, 'staging');
  });

  test('takes the digest of the environment before to the next, by hand and by name, to be approved there [A6][A7]', async () => {
    await land({ 'landfall.yaml': FILE.replace('production: true,', 'production: true, approval: {},') });
    const { releases } = await push('main');
    const web = releases.find(({ key }) => key.service === 'web');
    if (!web) throw new Error('nothing was released');
    const digest = await live(web, 'staging');
    const { releases: promoted } = await promote('production');
    expect(promoted).toMatchObject([
      {
        ...{ commit: web.commit, byName: true, byHand: true, actor: { name: 'ann' } },
        image: { digest, image: `registry.test/shop/web@${digest}` },
        environments: [{ name: 'production', approval: { count: 1 } }],
      },
    ]);
    const [release] = promoted;
    if (release) await live(release, 'production');
    expect(await promote('production')).toMatchObject({
      ...{ releases: [], skipped: ['what is live in staging is live in production already'] },
    });
  });

  test('asks the environments first, and takes what they say is live: the store hears of it later [A6]', async () => {
    const known = { live: null, previous: null, underWay: null };
    const [old, next] = [await landed(), await landed()];
    await live(old, 'staging');
    await live(next, 'staging', false);
    const staging = { ...known, live: version(next, 'staging') };

    const trigger = promotion('production');
    if (trigger.kind !== 'promote') throw new Error('no promotion');
    const asked = await admit({ ...trigger, standings: {} });
    expect(asked).toEqual({ releases: [], skipped: [], decisions: [], asks: ['staging', 'production'] });
    const { releases } = await admit({ ...trigger, standings: { staging, production: known } });
    expect(releases).toMatchObject([{ commit: next.commit }]);
    const again = { ...trigger, requestKey: 'promoted-twice' };
    const production = { ...known, live: version(next, 'production') };
    expect(await admit({ ...again, standings: { staging, production } })).toMatchObject({ releases: [] });
  });

  test.each([
    ['staging', 'Nothing comes before shop.web.staging'],
    ['preview', 'Nothing comes before shop.web.preview'],
    ['qa', 'shop.web has no environment qa'],
  ])('to %s is refused: %s [A6]', async (environment, why) => {
    expect(await failureIn(promote(environment))).toMatchObject({
      ...{ type: 'InvalidRequest', message: expect.stringContaining(why) },
    });
  });

  test('of an image that is gone is refused before anything is touched [A6]', async () => {
    const { releases } = await scene.request({ environment: 'production' });
    kept.clear();
    const [release] = releases;
    if (release) await live({ ...release }, 'production');
    kept.clear();
    expect(await failureIn(promote('manual'))).toMatchObject({ type: 'ImageNotFound' });
  });
});

describe('a plan', () => {
  const activities = createDeliveryActivities({
    catalogue: scene.catalogue,
    source: { gitHub: createGitHubSource(scene.client), git: createGitReader() },
    registry: {
      ...registry,
      findImage: async () => undefined,
      revisionOf: async () => undefined,
      tagImage: async () => undefined,
    },
  });
  const wanted = (more: object): Extract<Trigger, { kind: 'request' }> => ({
    ...{ kind: 'request', requestKey: 'plan', project: 'shop', service: 'web', environment: 'staging', ref: null },
    ...{ actor: ACTOR, ...more },
  });

  test('says what would be released where, and whether it is built; and nothing is admitted by it [A6]', async () => {
    const commit = await land({ 'a.txt': 'planned' });
    const plan = await asActivity(() => activities.plan(wanted({})));
    expect(plan).toMatchObject({
      releases: [
        { key: { project: 'shop', service: 'web' }, commit, environments: [{ name: 'staging' }], digest: null },
      ],
    });
    expect(await scene.catalogue.admitted('plan')).toEqual([]);
  });

  test('of what cannot be is refused in the same words as a deployment [A6]', async () => {
    const none = () => activities.plan(wanted({ environment: 'qa' }));
    expect(await failureIn(asActivity(none))).toMatchObject({ type: 'InvalidRequest' });
  });
});
