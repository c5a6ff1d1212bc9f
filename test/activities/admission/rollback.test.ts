import { podmanTarget } from '../../support/targets/podman.ts';
import { describe, expect, test } from '@jest/globals';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import type { DeploymentRequest, LiveDeployment } from '../../../contracts/deployment/deployment.ts';
import { deploymentId } from '../../../contracts/core/ids.ts';
import type { ReleaseInput } from '../../../contracts/deployment/release.ts';
import { failureIn } from '../github/scene.ts';
import { FILE, startDeliveryScene } from './scene.ts';

const kept = new Set<string>();
const scene = await startDeliveryScene({ registry: { imageExists: async (image) => kept.has(image) } });
const { db, land, push, admit } = scene;
const records = createRecordActivities({ db });
const environment = 'production';
let requests = 0;
let clock = Date.now();

const rollback = (to: string | null = null) =>
  admit({
    kind: 'rollback',
    requestKey: `rollback-${(requests += 1)}`,
    project: 'shop',
    service: 'web',
    environment,
    to,
    actor: { kind: 'token', name: 'ann' },
  });

/** A push whose release of `web` went live in production, as the workflows tell it. */
async function live(previous: LiveDeployment | null): Promise<LiveDeployment & { readonly release: ReleaseInput }> {
  await land({ 'a.txt': String((requests += 1)) });
  const release = (await push('main')).releases.find(({ key }) => key.service === 'web');
  if (!release) throw new Error('nothing was released');
  return { ...(await isLive(release, previous)), release };
}

/** Records it like the workflows do. */
async function isLive(release: ReleaseInput, previous: LiveDeployment | null): Promise<LiveDeployment> {
  const settings = release.environments.find(({ name }) => name === environment);
  if (!settings) throw new Error('nothing was released to production');
  const key = { ...release.key, environment };
  const digest = release.image?.digest ?? `sha256:${release.commit.padEnd(64, '0')}`;
  const image = `registry.test/shop/web@${digest}`;
  const { releaseId, sequence, byName, origin, ref, commit, subject, actor } = release;
  const id = deploymentId(key, sequence);
  const request: DeploymentRequest = {
    ...{ deploymentId: id, releaseId, key, sequence, byName, origin, ref, commit, subject, actor, image, digest },
    settings: release.settings,
    environment: settings,
    requester: 'nobody',
  };
  clock += 1_000;
  await records.recordRelease(release);
  await records.recordDeployment({ request, at: clock });
  await records.recordDeploymentState({ deploymentId: id, state: 'live', at: clock, generation: sequence });
  const now = { deploymentId: id, sequence, generation: sequence, commit, image, digest };
  await records.recordLive({ key, at: clock, live: now, previous });
  kept.add(image);
  return now;
}

await land({ 'landfall.yaml': FILE });

describe('a rollback by hand', () => {
  test('of what has nothing before it is refused, and says so [A9]', async () => {
    const refused = await failureIn(rollback());
    expect(refused.type).toBe('InvalidRequest');
    expect(refused.message).toMatch(/shop\.web\.production has nothing to return to/);
  });

  test('asks an environment that is called like a property of every object, as any other [A9]', async () => {
    const trigger = {
      kind: 'rollback',
      project: 'shop',
      service: 'web',
      environment: 'constructor',
      to: null,
    } as const;
    const actor = { kind: 'token', name: 'ann' } as const;
    const asked = await admit({ ...trigger, requestKey: 'rollback-constructor', actor, standings: {} });
    expect(asked).toMatchObject({ releases: [], asks: ['constructor'] });
  });

  test('brings back the image that ran before, by name, without building, as a release of its own [A9][E9]', async () => {
    const first = await live(null);
    const second = await live(first);

    const { releases } = await rollback();

    expect(releases).toMatchObject([
      {
        key: { project: 'shop', service: 'web' },
        commit: first.commit,
        byName: true,
        byHand: true,
        rollbackTo: first.deploymentId,
        actor: { kind: 'token', name: 'ann' },
        environments: [{ name: 'production' }],
        image: { image: first.image, digest: first.digest },
        extraTags: [],
      },
    ]);
    expect(releases[0]?.sequence).toBeGreaterThan(second.sequence);
  });

  test('goes to a named deployment, if it was live there [A9]', async () => {
    const third = await live(null);
    const fourth = await live(third);
    const fifth = await live(fourth);
    expect((await rollback(third.deploymentId)).releases).toMatchObject([{ rollbackTo: third.deploymentId }]);
    expect((await failureIn(rollback('shop.web.staging.1'))).message).toMatch(
      /was never live in shop\.web\.production/,
    );
    expect((await failureIn(rollback(`${fifth.deploymentId}0`))).type).toBe('InvalidRequest');
  });

  test('asked for by two at once goes to the same for both; once it has landed, a second one has to say where to [A9][F1]', async () => {
    const good = await live(null);
    const bad = await live(good);
    const both = await Promise.all([rollback(), rollback()]);
    expect(both.map(({ releases }) => releases.map(({ rollbackTo }) => rollbackTo))).toEqual([
      [good.deploymentId],
      [good.deploymentId],
    ]);

    const [back] = both[0].releases;
    if (!back) throw new Error('nothing was rolled back');
    await isLive(back, bad);
    const third = await failureIn(rollback());
    expect(third.type).toBe('InvalidRequest');
    expect(third.message).toMatch(/was rolled back to shop\.web\.production\.\d+ by ann\. Name the deployment/);
    expect((await rollback(bad.deploymentId)).releases).toMatchObject([{ rollbackTo: bad.deploymentId }]);
  });

  test('whose image is gone is refused before anything is touched, and says what to do [A9]', async () => {
    const before = await live(null);
    await live(before);
    kept.delete(before.image);
    expect(await failureIn(rollback())).toMatchObject({
      type: 'ImageNotFound',
      message: expect.stringMatching(/no longer in the registry.*Deploy its commit .* by name/) as unknown,
    });
  });

  test('goes where the environment is now, and does not depend on GitHub [A9]', async () => {
    const before = await live(null);
    await live(before);
    await land({
      'landfall.yaml': FILE.replace('hosts: [one, two]', 'hosts: [three]').replace(
        'production: true,',
        'production: true, approval: {},',
      ),
    });
    await push('main');
    const asked = await scene.callsOf(async () => {
      const [release] = (await rollback(before.deploymentId)).releases;
      expect(release?.environments).toMatchObject([{ target: podmanTarget(['three'], { publishPort: 30_080 }) }]);
      // A rollback needs no approval: the person has decided.
      expect(release?.environments[0]).not.toHaveProperty('approval');
    });
    expect(asked).toEqual([]);
  });
});
