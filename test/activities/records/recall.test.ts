import { beforeAll, describe, expect, test } from '@jest/globals';
import { createRecallActivities } from '../../../activities/records/recall.activities.ts';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import type { DeploymentRequest } from '../../../contracts/deployment.ts';
import type { DeploymentState } from '../../../contracts/states.ts';
import type { Database } from '../../../store/open.ts';
import { DATABASES, openTestStore } from '../../store/support/databases.ts';
import { deploymentRequest, environmentSettings, releaseInput } from '../../support/simulation/fixtures.ts';

describe.each(DATABASES)('what an environment is told on %s that has lost its history', (name) => {
  let db: Database;
  beforeAll(async () => {
    ({ db } = await openTestStore(name));
  });

  function environmentOf(service: string) {
    const key = { project: 'shop', service, environment: 'production' };
    const records = createRecordActivities({ db });
    const request = (sequence: number): DeploymentRequest => deploymentRequest({ key, sequence, hosts: ['a'] });
    return {
      recall: () => createRecallActivities({ db }).recallLive(key),
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
    // An older commit that somebody asked for by name.
    const last = await record(4, 12, 'live');
    await record(6, 13, 'rollback_failed');
    await environmentOf('another').record(9, 99, 'live');
    expect(await recall()).toEqual({ live: last.version, previous: before.version, hold: null });
  });

  test('names the rollback by hand that is live, which keeps automatic deployments out [A9][E9]', async () => {
    const { recall, record } = environmentOf('rolled-back');
    const first = await record(1, 10, 'live');
    const { version, actor } = await record(2, 11, 'live', first.version.deploymentId);
    const hold = { by: actor, at: 2, deploymentId: version.deploymentId };
    expect(await recall()).toEqual({ live: version, previous: first.version, hold });
    await record(3, 12, 'live');
    expect((await recall())?.hold).toBeNull();
  });
});
