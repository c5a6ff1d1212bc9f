/**
 * An environment is destroyed, whatever else happens to it: admission, store, operation and workflows are real; hosts, builds and GitHub's
 * pages are simulated.
 */
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { and, eq } from 'drizzle-orm';
import { createDeliveryActivities } from '../../../activities/admission/admission.activities.ts';
import { createDestroyActivities } from '../../../activities/records/destroy.activities.ts';
import { createRecallActivities } from '../../../activities/records/recall.activities.ts';
import { createRecordActivities } from '../../../activities/records/records.activities.ts';
import { createTellActivities } from '../../../activities/records/tell.ts';
import { createGitReader } from '../../../activities/source/git-reader.ts';
import { destroyEnvironment, destroyService } from '../../../api/operations/destroy.ts';
import { createTemporalGateway } from '../../../api/temporal/gateway.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { FailureType, failureOf } from '../../../contracts/core/failures.ts';
import {
  deliveryWorkflowId,
  deploymentId,
  environmentId,
  environmentWorkflowId,
  releaseWorkflowId,
} from '../../../contracts/core/ids.ts';
import { CONTROL_QUEUE } from '../../../contracts/core/queues.ts';
import type { GitHubId } from '../../../contracts/core/github-id.ts';
import { createCatalogue } from '../../../store/queries/catalogue.ts';
import { changeVariables, listVariables } from '../../../store/queries/variables.ts';
import { findEnvironment, listAudit, listServices } from '../../../store/queries/views.ts';
import { listRollbackTargets } from '../../../store/queries/rollback-targets.ts';
import { releases } from '../../../store/schema.ts';
import type { delivery } from '../../../workflows/admission/admission.workflow.ts';
import type { release } from '../../../workflows/release/release.workflow.ts';
import { FIRST, SECOND, pushTo, sourceAt } from '../../activities/admission/shuffled.ts';
import { openTestStore } from '../../store/support/databases.ts';
import { eventually } from '../../support/eventually.ts';
import { digestOf } from '../../support/simulation/fixtures.ts';
import { fails, hangs } from '../../support/simulation/faults.ts';
import { bundleWithTimeouts } from '../../support/timeouts.ts';
import type { Keyring } from '../../../store/sealing.ts';
import { startWorld, type World } from '../world.ts';

const FILE = `
version: 1
services: { web: {} }
environments:
  staging: { target: { podman: { hosts: [host-a, host-b], publish: { web: 20080 } } } }
  production:
    approval: { from: { users: [ann] } }
    target: { podman: { hosts: [host-a], publish: { web: 20081 } } }
`;
const ANN = { kind: 'github', name: 'ann' } as const;
const BOB = { kind: 'github', name: 'bob' } as const;
const KEYS: Keyring = [{ id: 'one', key: createSecretKey(randomBytes(32)) }];
const PATIENT_MS = 90_000;

const { db } = await openTestStore();
const heads = new Map<GitHubId, string>();
let world: World;
let deps: Parameters<typeof destroyEnvironment>[0];

beforeAll(async () => {
  const gitHub = sourceAt(FILE, (repositoryId) => heads.get(repositoryId) ?? FIRST);
  world = await startWorld(
    {
      hosts: ['host-a', 'host-b'],
      builders: ['builder'],
      control: {
        ...createDeliveryActivities({ catalogue: createCatalogue(db), source: { gitHub, git: createGitReader() } }),
        ...createTellActivities(createRecordActivities({ db })),
        ...createRecallActivities({ db }),
        ...createDestroyActivities({ db }),
      },
    },
    bundleWithTimeouts({ destroy: { pickUpMs: 3_000, clearAgainMs: 200 } }),
  );
  deps = { store: { db } as (typeof deps)['store'], temporal: createTemporalGateway(world.client) };
});

const keyOf = (repositoryId: GitHubId, environment: string) => ({
  project: `r${repositoryId}`,
  service: 'web',
  environment,
});
const host = (name: string) => world.hosts.get(name);
const nowOf = (key: ReturnType<typeof keyOf>) => deps.temporal.environmentState(key);
const auditOf = async (key: ReturnType<typeof keyOf>) =>
  (await listAudit(db, { subject: environmentId(key), limit: 50 })).map(({ action, actor }) => `${action} ${actor}`);

/** @returns the release's number, and its end */
async function push(repositoryId: GitHubId, commit: string) {
  heads.set(repositoryId, commit);
  const requestKey = `${repositoryId}/${randomUUID()}`;
  await world.client.workflow.execute<typeof delivery>('delivery', {
    ...{ taskQueue: CONTROL_QUEUE, workflowId: deliveryWorkflowId(requestKey) },
    args: [pushTo('main', repositoryId, requestKey)],
  });
  const [row] = await db
    .select()
    .from(releases)
    .where(and(eq(releases.project, `r${repositoryId}`), eq(releases.requestKey, requestKey)));
  if (!row) throw new Error('nothing was released');
  const handle = world.client.workflow.getHandle<typeof release>(
    releaseWorkflowId(row.input.key, row.commit, row.sequence),
  );
  return { sequence: row.sequence, ended: () => handle.result() };
}

const landed = (key: ReturnType<typeof keyOf>, sequence: number) =>
  eventually(
    `${deploymentId(key, sequence)} to be live`,
    async () => {
      const now = await nowOf(key);
      return now?.live?.deploymentId === deploymentId(key, sequence) && now.running === null;
    },
    PATIENT_MS,
  );
const gone = (key: ReturnType<typeof keyOf>) =>
  eventually('it to be gone', async () => (await findEnvironment(db, key)) === undefined, PATIENT_MS);
const failureType = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error: unknown) => failureOf(error)?.type,
  );

test('all of it goes, from every list too; a host that is away is named and waited for, a lock or pause that would go with it is refused, and a push that comes meanwhile begins anew afterwards [A8][B13][E9]', async () => {
  const staging = keyOf('1', 'staging');
  const first = await push('1', FIRST);
  await landed(staging, first.sequence);
  await changeVariables(db, KEYS, {
    ...{ key: staging, unset: [], by: 'ann', at: Date.now() },
    set: [{ name: 'TOKEN', kind: 'secret', value: new Secret('a canary') }],
  });
  const before = (await nowOf(staging))?.generation ?? 0;

  // A name that is not its own, and another person's lock, change nothing.
  expect(await failureType(destroyEnvironment(deps, staging, { by: ANN, confirm: 'r1.web.production' }))).toBe(
    'InvalidRequest',
  );
  await deps.temporal.lock(staging, { by: BOB, reason: 'measuring', forMs: null });
  expect(await failureType(destroyEnvironment(deps, staging, { by: ANN, confirm: 'r1.web.staging' }))).toBe(
    'EnvironmentLocked',
  );
  await deps.temporal.unlock(staging, { by: BOB, force: false });

  await world.workers.stop('host-b');
  const { state } = await destroyEnvironment(deps, staging, { by: ANN, confirm: ' r1/web Staging ' });
  expect(state.destruction).toMatchObject({ by: ANN, places: [] });
  const again = await destroyEnvironment(deps, staging, { by: BOB, confirm: 'r1.web.staging' });
  expect(again.state.destruction?.by).toEqual(ANN);
  const waits = await eventually(
    'the host to be named',
    async () => (await nowOf(staging))?.destruction?.places.find(({ place }) => place === 'host-b'),
    PATIENT_MS,
  );
  expect(waits.why).toContain('landfall worker --host host-b');
  await eventually('the other one to be clear', () => host('host-a')?.replicas(staging).length === 0, PATIENT_MS);

  const second = await push('1', SECOND);
  const waiting = await eventually('the push to wait', async () => (await nowOf(staging))?.waiting[0], PATIENT_MS);
  expect(waiting.why).toMatch(/^destroyed by ann; begins anew afterwards: .*host-b is not clear yet/);
  // They would go with the environment, and nobody would know.
  const gate = { by: BOB, reason: 'measuring' };
  for (const set of [
    () => deps.temporal.lock(staging, { ...gate, forMs: null }),
    () => deps.temporal.pause(staging, gate),
  ]) {
    const refused = failureOf(await set().catch((error: unknown) => error));
    expect(refused).toMatchObject({
      type: 'EnvironmentLocked',
      message: expect.stringMatching(/^It is being destroyed, by ann, and .* would go with it[.] Set it once/),
    });
  }
  // Nothing is forgotten before all places are clear.
  expect((await listVariables(db, staging)).revision).toBe(1);

  await world.workers.start('host-b');
  await landed(staging, second.sequence);
  const after = await nowOf(staging);
  expect(after).toMatchObject({ previous: null, running: null, waiting: [] });
  expect(after?.generation).toBeGreaterThan(before);
  expect(['host-a', 'host-b'].map((name) => host(name)?.replicas(staging))).toEqual(
    Array.from({ length: 2 }, () => [deploymentId(staging, second.sequence)]),
  );
  expect(await listVariables(db, staging)).toMatchObject({ revision: 0, variables: [] });
  expect(await listRollbackTargets(db, staging)).toEqual([]);
  await eventually(
    'it to be listed with what is live',
    async () => (await findEnvironment(db, staging))?.live?.commit === SECOND,
  );
  expect(world.gitHub.retired).toContain('r1.web.staging');
  expect(
    await eventually('the audit trail', async () => {
      const told = (await auditOf(staging)).filter((one) => one.includes('destroy'));
      return told.length === 2 && told;
    }),
  ).toEqual(['environment.destroyed github:ann', 'environment.destroy github:ann']);
});

test('what runs is cancelled and taken back first, what waits for approval ends with the reason, and its workflow ends [A7][A8][F1]', async () => {
  const [staging, production] = [keyOf('2', 'staging'), keyOf('2', 'production')];
  const first = await push('2', FIRST);
  await landed(staging, first.sequence);
  await eventually('it to wait for approval', async () => (await findRemainsOf(production)).length === 1, PATIENT_MS);

  await destroyEnvironment(deps, production, { by: ANN });
  expect(await first.ended()).toMatchObject({
    outcome: 'cancelled',
    failure: {
      type: FailureType.EnvironmentDestroyed,
      message: expect.stringMatching(/^ann destroyed the environment/),
    },
  });
  await gone(production);

  // The next one stands in the middle of its switch when all of the service is destroyed.
  const held = Promise.withResolvers<undefined>();
  const forget = world.faults.add({
    ...{ activity: 'switchTo', place: 'host-a' },
    only: ({ input }) => JSON.stringify(input).includes(`"project":"r2"`),
    act: async () => {
      held.resolve(undefined);
      await hangs();
    },
  });
  const second = await push('2', SECOND);
  await held.promise;
  const all = await destroyService(deps, { project: 'r2', service: 'web' }, { by: ANN, confirm: 'r2.web' });
  forget();
  expect(all.map(({ key }) => key.environment).toSorted()).toEqual(['production', 'staging']);
  expect(await second.ended()).toMatchObject({ outcome: 'cancelled' });
  await Promise.all([gone(staging), gone(production)]);
  expect(['host-a', 'host-b'].map((name) => host(name)?.replicas(staging))).toEqual([[], []]);
  expect((await listServices(db)).map(({ project }) => project)).not.toContain('r2');
  for (const key of [staging, production]) {
    const { status } = await eventually(
      'its workflow to end',
      async () => {
        const described = await world.client.workflow.getHandle(environmentWorkflowId(key)).describe();
        return described.status.name === 'COMPLETED' && described;
      },
      PATIENT_MS,
    );
    expect(status.name).toBe('COMPLETED');
  }
  expect(await failureType(destroyEnvironment(deps, staging, { by: ANN }))).toBe('NotFound');
  // Released before, and asked for only now: it does not come back.
  await deps.temporal.pause(staging, { by: ANN, reason: 'a look' });
  expect(await nowOf(staging)).toMatchObject({ live: null, previous: null });
  await deps.temporal.resume(staging, { by: ANN });

  // A third push finds nothing of it, and lands.
  const third = await push('2', FIRST.replaceAll('1', '3'));
  await landed(staging, third.sequence);
  expect((await nowOf(staging))?.previous).toBeNull();
  expect(host('host-b')?.serving(staging)).toBe(digestOf(FIRST.replaceAll('1', '3')));
});

test.each([
  ['findRemains', undefined],
  ['remove', 'host-a'],
  ['proveGone', 'host-b'],
  ['retireEnvironment', undefined],
  ['forgetEnvironment', undefined],
])('an answer of %s that is lost changes nothing: it is done once more [F1]', async (activity, place) => {
  const id: GitHubId = String(10 + ['findRemains', 'remove', 'proveGone', 'retireEnvironment'].indexOf(activity));
  const staging = keyOf(id, 'staging');
  const { sequence } = await push(id, FIRST);
  await landed(staging, sequence);
  let lost = 0;
  const forget = world.faults.add({
    ...{ activity, at: 'after', ...(place !== undefined && { place }) },
    only: ({ input }) => JSON.stringify(input).includes(`"project":"r${id}"`),
    act: () => {
      lost += 1;
      if (lost === 1) fails(FailureType.EngineUnavailable, 'the answer was lost')();
    },
  });
  await destroyEnvironment(deps, staging, { by: ANN });
  await gone(staging);
  await eventually('it to be done once more, and told', async () => {
    const told = await auditOf(staging);
    return lost > 1 && told.includes('environment.destroyed github:ann');
  });
  forget();
  expect(['host-a', 'host-b'].map((name) => host(name)?.replicas(staging))).toEqual([[], []]);
});

async function findRemainsOf(key: ReturnType<typeof keyOf>) {
  return (await createDestroyActivities({ db }).findRemains(key)).waiting;
}
