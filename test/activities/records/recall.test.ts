import { beforeAll, describe, expect, test } from '@jest/globals';
import { createRecallActivities } from '../../../activities/records/recall.activities.ts';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import { createTellActivities } from '../../../activities/records/tell.ts';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import type { GatesRecord } from '../../../contracts/admission/store-records.ts';
import type { DeploymentState } from '../../../contracts/deployment/states.ts';
import type { Database } from '../../../store/open.ts';
import { hostQueue } from '../../../contracts/core/queues.ts';
import { findEnvironment } from '../../../store/queries/views.ts';
import { environments, projects, services } from '../../../store/schema.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { deploymentRequest, environmentSettings, releaseInput } from '../../support/simulation/fixtures.ts';

const ann = { kind: 'github', name: 'ann' } as const;
const lock = { owner: ann, reason: 'a migration', at: 5, expiresAt: 1_000, tiedTo: 'acme/shop#1' };
const pause = { by: ann, reason: 'an incident', at: 6 };
/** Neither locked nor paused, ever. */
const NOTHING_SAID = { lock: null, pause: null, change: 0 };

describe('what an environment is told that has lost its history', () => {
  let db: Database;
  beforeAll(async () => {
    ({ db } = await openTestStore());
  });

  function environmentOf(service: string) {
    const key = { project: 'shop', service, environment: 'production' };
    const records = createRecordActivities({ db });
    const request = (sequence: number): DeploymentRequest => deploymentRequest({ key, sequence, hosts: ['a'] });
    return {
      key,
      places: () => createRecallActivities({ db }).livePlaces(key),
      recall: () => createRecallActivities({ db }).recallLive(key),
      say: (change: number, gates: GatesRecord['gates']) =>
        createTellActivities(records).tell([{ kind: 'recordGates', record: { key, change, gates } }]),
      async record(sequence: number, generation: number, state: DeploymentState, rollbackTo?: string) {
        const release = releaseInput({ key, sequence, environments: [environmentSettings('production', ['a'])] });
        await records.recordRelease({ ...release, ...(rollbackTo !== undefined && { rollbackTo }) });
        await records.recordDeployment({ request: request(sequence), at: sequence });
        const { deploymentId, commit, image, digest, actor } = request(sequence);
        await records.recordDeploymentState({ deploymentId, state, at: sequence, generation });
        return { version: { deploymentId, sequence, generation, commit, image, digest }, actor };
      },
    };
  }

  test('is nothing where nothing ever was live [F1]', async () => {
    const { recall, record } = environmentOf('new');
    expect(await recall()).toBeNull();
    await record(1, 10, 'rolled_back');
    expect(await recall()).toBeNull();
  });

  test('is what became live last and before, by the fence and not by number, and nothing of what failed since [A9][F1]', async () => {
    const { recall, record } = environmentOf('fenced');
    await record(1, 10, 'live');
    const before = await record(5, 11, 'live');
    // A person requested an older commit by name.
    const last = await record(4, 12, 'live');
    await record(6, 13, 'rollback_failed');
    await environmentOf('another').record(9, 99, 'live');
    expect(await recall()).toEqual({ live: last.version, previous: before.version, hold: null, ...NOTHING_SAID });
  });

  test('names the rollback by hand that is live, which keeps automatic deployments out [A9][E9]', async () => {
    const { recall, record } = environmentOf('rolled-back');
    const first = await record(1, 10, 'live');
    const { version, actor } = await record(2, 11, 'live', first.version.deploymentId);
    const hold = { by: actor, at: 2, deploymentId: version.deploymentId };
    expect(await recall()).toEqual({ live: version, previous: first.version, hold, ...NOTHING_SAID });
    await record(3, 12, 'live');
    expect((await recall())?.hold).toBeNull();
  });

  test('is not the hold of a rollback by hand after which somebody resumed; of a later one it is [A9][E9][F1]', async () => {
    const { recall, record, say } = environmentOf('resumed');
    const first = await record(1, 10, 'live');
    await record(20, 11, 'live', first.version.deploymentId);
    await say(19, { pause: null, hold: null });
    expect((await recall())?.hold).toMatchObject({ at: 20 });
    await say(21, { pause: null, hold: null });
    expect((await recall())?.hold).toBeNull();
    await record(22, 12, 'live', first.version.deploymentId);
    expect((await recall())?.hold).toMatchObject({ at: 22 });
  });

  test('is the lock and the pause of before, also where nothing ever was live, and of no other environment [E9][F1]', async () => {
    const { recall, say, record } = environmentOf('locked');
    await environmentOf('locked-too').say(9, { lock: { ...lock, reason: 'another' } });
    await say(5, { lock });
    expect(await recall()).toEqual({ live: null, previous: null, hold: null, lock, pause: null, change: 5 });
    await say(6, { pause });
    const { version } = await record(1, 10, 'live');
    expect(await recall()).toEqual({ live: version, previous: null, hold: null, lock, pause, change: 6 });
  });

  test('is the maintenance page, and the places of what is live; the lists show it until its time [B18][F1]', async () => {
    const { key, recall, places, say, record } = environmentOf('maintained');
    const { version } = await record(1, 10, 'live');
    await createRecordActivities({ db }).recordLive({ key, at: 1, live: version, previous: null });
    expect(await places()).toEqual([{ name: 'a', queue: hostQueue('a') }]);
    const maintenance = { by: ann, reason: 'moving', at: 5, until: Date.now() + 60_000 };
    await say(5, { maintenance });
    await say(4, { maintenance: null });
    await say(6, { lock });
    expect(await recall()).toMatchObject({ live: version, lock, maintenance, change: 6 });
    const settings = environmentSettings('production', ['a']);
    const declared = { ...key, settings, branch: 'main', updatedAt: new Date(), autoDeploy: true, production: true };
    await db
      .insert(projects)
      .values({ name: key.project, cloneUrl: 'https://git.test/shop.git', createdAt: new Date() });
    await db
      .insert(services)
      .values({ project: key.project, service: key.service, branch: 'main', updatedAt: new Date(), declared: false });
    await db.insert(environments).values(declared);
    const shown = async () => (await findEnvironment(db, key))?.maintenance;
    expect(await shown()).toEqual({ by: 'ann', reason: 'moving', until: new Date(maintenance.until).toISOString() });
    await say(7, { maintenance: { ...maintenance, until: Date.now() - 1 } });
    expect(await shown()).toBeUndefined();
    await say(8, { maintenance: null });
    expect(await recall()).not.toHaveProperty('maintenance');
  });

  test('is nothing that was taken back, and no more is taken back than somebody said [E9][F1]', async () => {
    const { recall, say } = environmentOf('opened');
    await say(5, { lock });
    await say(6, { pause });
    await say(7, { lock: null });
    expect(await recall()).toMatchObject({ lock: null, pause, change: 7 });
    await say(8, { lock });
    await say(9, { pause: null, hold: null });
    expect(await recall()).toMatchObject({ lock, pause: null, change: 9 });
  });

  test('is the newest that was said, told twice and in whatever order [E9][F1]', async () => {
    const { recall, say } = environmentOf('repeated');
    const renewed = { ...lock, reason: 'it takes longer' };
    // Taken, opened and taken again, and paused meanwhile.
    const said: readonly (readonly [number, GatesRecord['gates']])[] = [
      ...[[5, { lock }] as const, [6, { pause }] as const, [7, { lock: null }] as const],
      ...[[8, { lock: renewed }] as const, [9, { pause: null, hold: null }] as const],
    ];
    const newest = { lock: renewed, pause: null, change: 9 };
    for (const one of said.toReversed()) await say(...one);
    expect(await recall()).toMatchObject(newest);
    for (const one of [...said, ...said]) await say(...one);
    expect(await recall()).toMatchObject(newest);
    await Promise.all(said.map((one) => say(...one)));
    expect(await recall()).toMatchObject(newest);
  });
});
