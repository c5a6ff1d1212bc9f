/** A page in front of an environment: where it stands, for how long, and what goes on behind it. */
import { beforeAll, expect, test } from '@jest/globals';
import { environmentId, environmentWorkflowId } from '../../../contracts/core/ids.ts';
import { hostQueue } from '../../../contracts/core/queues.ts';
import { failureOf } from '../../../contracts/core/failures.ts';
import {
  endMaintenance,
  environmentState,
  lockEnvironment,
  startMaintenance,
} from '../../../workflows/messages/environment.messages.ts';
import type { environment } from '../../../workflows/environment/environment.workflow.ts';
import { eventually } from '../../support/eventually.ts';
import { fails } from '../../support/simulation/faults.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { bundleWithTimeouts } from '../../support/timeouts.ts';
import { startWorld, type World } from '../world.ts';
import { LONG_HISTORY, grow } from './environment-as-specified.ts';

const ANN = { kind: 'github', name: 'ann' } as const;
const BOB = { kind: 'github', name: 'bob' } as const;
const HOSTS = ['host-a', 'host-b', 'host-c'];
const SHOWN = { reason: 'The database moves.', until: null };

let world: World;
beforeAll(async () => {
  world = await startWorld(
    { hosts: HOSTS },
    bundleWithTimeouts({
      environment: { renewalEvents: LONG_HISTORY },
      page: { pickUpMs: 1_000, againMs: 100, answerMs: 20_000 },
    }),
  );
});

/** A service on some hosts, with its first version live. */
async function live(service: string, hosts: readonly string[] = ['host-a', 'host-b']) {
  const key = { project: 'shop', service, environment: 'production' };
  const request = (sequence: number, on = hosts) => deploymentRequest({ key, sequence, hosts: on });
  const handle = world.client.workflow.getHandle<typeof environment>(environmentWorkflowId(key));
  const stateOf = () => handle.query(environmentState);
  const land = async (sequence: number, on = hosts) => {
    await askEnvironment(world.client, request(sequence, on));
    await eventually(`number ${sequence} to be live`, async () => {
      const { live: now, running } = await stateOf();
      return now?.sequence === sequence && running === null;
    });
  };
  await land(1);
  return {
    ...{ key, handle, request, stateOf, land },
    pages: () => HOSTS.map((host) => world.hosts.get(host)?.page(key)?.reason ?? null),
    on: (forMs: number | null = null, by: typeof ANN | typeof BOB = ANN) =>
      handle.executeUpdate(startMaintenance, { args: [{ by, reason: SHOWN.reason, forMs }] }),
    off: (by: typeof ANN | typeof BOB = ANN) => handle.executeUpdate(endMaintenance, { args: [{ by }] }),
    audit: () =>
      world.records.audit
        .filter(({ subject, action }) => subject === environmentId(key) && action.includes('maintenance'))
        .map(({ action, actor, detail }) => `${action} by ${actor}: ${detail ?? ''}`),
  };
}

const refusal = async (work: Promise<unknown>) => {
  const found = failureOf(await work.catch((error: unknown) => (error as Error).cause));
  return [found?.type, found?.message];
};

test('a page stands at every place of what is live, through a deployment that brings it to another one, a new run and a forced end, until it is taken away [B18][F1][A8]', async () => {
  const { key, handle, request, stateOf, land, pages, on, off, audit } = await live('kept');
  const shown = await on();
  expect(shown.maintenance).toMatchObject({ by: ANN, ...SHOWN });
  expect(shown.unpaged).toBeUndefined();
  expect(pages()).toEqual([SHOWN.reason, SHOWN.reason, null]);

  // It is there before the first switch at a place that is new.
  const before: unknown[] = [];
  const end = world.faults.add({
    ...{ place: 'host-c', activity: 'switchTo' },
    act: () => void before.push(world.hosts.get('host-c')?.page(key)),
  });
  await land(2, HOSTS);
  end();
  expect(before).toEqual([SHOWN]);
  expect(world.hosts.get('host-c')?.serving(key)).toBe(request(2).digest);

  const { runId } = await handle.describe();
  await grow(handle);
  await eventually('a new run', async () => (await handle.describe()).runId !== runId);
  expect((await stateOf()).maintenance).toMatchObject(SHOWN);
  await eventually('the store to know', () => audit().length === 1);

  await handle.terminate('by force');
  await land(3, HOSTS);
  expect((await stateOf()).maintenance).toMatchObject(SHOWN);
  expect(pages()).toEqual([SHOWN.reason, SHOWN.reason, SHOWN.reason]);

  expect((await off()).maintenance).toBeUndefined();
  expect(pages()).toEqual([null, null, null]);
  expect((await off(BOB)).maintenance).toBeUndefined();
  await eventually('the audit trail', () => audit().length === 2);
  expect(audit()).toEqual([
    `environment.maintenance by github:ann: ${SHOWN.reason}`,
    'environment.maintenance-end by github:ann: ',
  ]);
});

test('it ends at its time by itself, and a new one takes the place of the old [B18][A8]', async () => {
  const { stateOf, pages, on, audit } = await live('timed');
  await on(3_600_000);
  const { maintenance } = await on(2_000);
  expect((maintenance?.until ?? 0) - (maintenance?.at ?? 0)).toBe(2_000);
  await eventually('its end', async () => (await stateOf()).maintenance === undefined);
  await eventually('the places to forget it', () => pages().every((one) => one === null));
  await eventually('the audit trail', () =>
    audit().includes('environment.maintenance-end by system:landfall: at its time'),
  );
});

test('a place that is away is named, and hears of it when it is back; the last order counts [B18][F1]', async () => {
  const { stateOf, pages, on, off } = await live('away');
  await world.workers.stop('host-b');
  const { maintenance, unpaged } = await on();
  expect(maintenance).toMatchObject(SHOWN);
  expect(unpaged).toEqual([{ place: 'host-b', why: expect.stringContaining(`task queue ${hostQueue('host-b')}`) }]);
  expect(pages()).toEqual([SHOWN.reason, null, null]);
  await world.workers.start('host-b');
  await eventually('host-b to show it', async () => pages()[1] === SHOWN.reason && !(await stateOf()).unpaged);

  await world.workers.stop('host-b');
  expect((await off()).unpaged).toEqual([{ place: 'host-b', why: expect.any(String) }]);
  await world.workers.start('host-b');
  await eventually('host-b to answer', async () => pages()[1] === null && !(await stateOf()).unpaged);
});

test('it is refused where one place cannot show it, where nothing is live, and to all but the owner of a lock [B18][F2]', async () => {
  const { key, handle, stateOf, pages, on, off } = await live('refused');
  const only = ({ input }: { readonly input: unknown }) => JSON.stringify(input).includes('"reason"');
  const end = world.faults.add({
    ...{ place: 'host-b', activity: 'setPage', only },
    act: fails('InvalidConfiguration', 'host-b speaks no HTTP'),
  });
  expect(await refusal(on())).toEqual(['InvalidConfiguration', 'host-b speaks no HTTP']);
  end();
  await eventually('no place to show it', async () => {
    const { maintenance, unpaged } = await stateOf();
    return !maintenance && !unpaged && pages().every((one) => one === null);
  });

  await handle.executeUpdate(lockEnvironment, { args: [{ by: BOB, reason: 'measuring', forMs: 60_000 }] });
  expect(await refusal(on())).toEqual(['EnvironmentLocked', expect.stringContaining('locked by bob')]);
  await on(null, BOB);
  expect(await refusal(off())).toEqual(['EnvironmentLocked', expect.stringContaining('locked by bob')]);
  await off(BOB);

  const empty = { ...key, environment: 'staging' };
  const request = deploymentRequest({ key: empty, sequence: 1, hosts: ['host-a'] });
  world.hosts.get('host-a')?.makeUnhealthy(request.digest);
  const staging = await askEnvironment(world.client, request);
  const early = staging.executeUpdate(startMaintenance, { args: [{ by: ANN, reason: '', forMs: null }] });
  expect(await refusal(early)).toEqual(['Refused', expect.stringContaining('Nothing is live there yet')]);
});
