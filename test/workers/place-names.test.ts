/** Two machines that want one host's name: the second is refused, unless it takes it. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { placeNameWorkflowId } from '../../contracts/core/ids.ts';
import { clusterQueue, hostQueue } from '../../contracts/core/queues.ts';
import { claimPlaceNames } from '../../workers/place-names.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/tmp.ts';
import { startWorld, type World } from '../workflows/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({});
});

const machine = () => {
  const workDir = join(tempDir(), 'hosts', 'alpha');
  const claim = (name: string, taking: readonly string[] = []) =>
    claimPlaceNames({ client: world.client, hosts: [{ name, workDir }], taking });
  return { workDir, claim };
};
const words = (work: Promise<unknown>) =>
  work.then(
    () => '',
    (error: unknown) => String(error),
  );
const statusOf = async (name: string) =>
  (await world.client.workflow.getHandle(placeNameWorkflowId(hostQueue(name))).describe()).status.name;

test('is refused with the machine that has it and what to do; the same machine may start as often as it likes, at once too [B13]', async () => {
  const [one, two] = [machine(), machine()];
  mkdirSync(one.workDir, { recursive: true });
  await Promise.all([one.claim('alpha'), one.claim('alpha'), one.claim('alpha')]);
  await one.claim('alpha');
  expect(readFileSync(join(one.workDir, 'engine-id'), 'utf8')).toMatch(/^[0-9a-f-]{36}\n$/);

  const refused = await words(two.claim('alpha'));
  expect(refused).toMatch(
    /the name alpha belongs to another machine, \S+, since 20\S+Z\. Give this one a name of its own/,
  );
  expect(refused).toContain('LANDFALL_TAKE_HOST=alpha');
  // Another name is free, and a list names what it is about.
  await two.claim('beta', ['alpha']);
  expect(await words(two.claim('alpha', ['beta']))).toContain('the name alpha belongs');
});

test('is taken on purpose: the machine before hears of it once, and is refused from then on [B13]', async () => {
  const [one, two] = [machine(), machine()];
  const names = await one.claim('gamma');
  const lost: string[] = [];
  const watch = names.watch((host, why) => lost.push(`${host}: ${why.message}`), 100);
  await two.claim('gamma', ['gamma']);
  await eventually('it to hear of that', () => lost.length > 0, 60_000);
  expect(await words(one.claim('gamma'))).toContain('the name gamma belongs');
  await two.claim('gamma');
  watch.stop();
  expect(lost).toEqual([
    expect.stringMatching(/^host\/gamma: This process serves gamma no more: the name gamma belongs/),
  ]);
});

test('that Temporal has forgotten, or that a person has freed by force, is registered again [B13][F1]', async () => {
  const one = machine();
  const names = await one.claim('delta');
  const lost: string[] = [];
  const watch = names.watch((host) => lost.push(host), 100);
  await world.client.workflow.getHandle(placeNameWorkflowId(hostQueue('delta'))).terminate('a test');
  await eventually('it to be registered', async () => (await statusOf('delta')) === 'RUNNING', 60_000);
  expect(await words(machine().claim('delta'))).toContain('the name delta belongs');
  watch.stop();
  expect(lost).toEqual([]);
});

describe('an engine that several processes may serve', () => {
  const place = { name: 'eu', queue: clusterQueue('eu') };
  const serve = (identity: () => Promise<string>, taking: readonly string[] = []) =>
    claimPlaceNames({ client: world.client, hosts: [], engines: [{ ...place, identity }], taking });

  test('has its name whichever machine serves it, and another one is refused, unless it takes it [B13][D2]', async () => {
    await Promise.all([serve(async () => 'uid-1'), serve(async () => 'uid-1')]);

    const refused = await words(serve(async () => 'uid-2'));
    expect(refused).toMatch(/Landfall cannot serve eu: the name eu belongs to another one, which \S+ serves since 20/);
    expect(refused).toContain('LANDFALL_TAKE_HOST=cluster/eu');
    // A host may be called like it.
    await machine().claim('eu', ['cluster/eu']);
    await serve(async () => 'uid-2', ['cluster/eu']);
    expect(await words(serve(async () => 'uid-1'))).toContain('belongs to another one');
  });

  test('keeps nothing from starting while it is away, and has its name as soon as it answers [B13][D2]', async () => {
    let isAway = true;
    const names = await serve(async () => {
      if (isAway) throw new Error('no route to host');
      return 'uid-3';
    });
    const lost: string[] = [];
    const watch = names.watch((queue, why) => lost.push(`${queue}: ${why.message}`), 100);
    isAway = false;
    await eventually('it to hear who it is', () => lost.length > 0, 60_000);
    watch.stop();
    expect(lost).toEqual([expect.stringMatching(/^cluster\/eu: This process serves eu no more: the name eu belongs/)]);
  });
});
