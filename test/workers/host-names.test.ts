/** Two machines that want one host's name: the second is refused, unless it takes it. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { hostNameWorkflowId } from '../../contracts/core/ids.ts';
import { claimHostNames } from '../../workers/host-names.ts';
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
    claimHostNames({ client: world.client, hosts: [{ name, workDir }], taking });
  return { workDir, claim };
};
const words = (work: Promise<unknown>) =>
  work.then(
    () => '',
    (error: unknown) => String(error),
  );
const statusOf = async (name: string) =>
  (await world.client.workflow.getHandle(hostNameWorkflowId(name)).describe()).status.name;

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
  expect(lost).toEqual([expect.stringMatching(/^gamma: This machine serves the host no more: the name gamma belongs/)]);
});

test('that Temporal has forgotten, or that a person has freed by force, is registered again [B13][F1]', async () => {
  const one = machine();
  const names = await one.claim('delta');
  const lost: string[] = [];
  const watch = names.watch((host) => lost.push(host), 100);
  await world.client.workflow.getHandle(hostNameWorkflowId('delta')).terminate('a test');
  await eventually('it to be registered', async () => (await statusOf('delta')) === 'RUNNING', 60_000);
  expect(await words(machine().claim('delta'))).toContain('the name delta belongs');
  watch.stop();
  expect(lost).toEqual([]);
});
