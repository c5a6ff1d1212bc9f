import { mkdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createClaimActivities } from '../../../activities/build/build.activities.ts';
import { createPodmanClient } from '../../../activities/podman/client.ts';
import type { BuildInput } from '../../../contracts/deployment/build.ts';
import { HostSettings } from '../../../contracts/config/host.ts';
import { eventually } from '../../support/eventually.ts';
import { testHost } from '../../support/podman.ts';
import { smallDisk } from '../../support/small-disk.ts';
import { tempDir } from '../../support/tmp.ts';
import { failing, perform, quietEnvironment, SETTINGS } from './build-host.ts';

const engine = await testHost('claims');

function claims(buildSlots: number, podmanSocket = engine.socket, workDir = tempDir()) {
  const host = HostSettings.parse({ name: 'claims', podmanSocket, workDir, buildSlots });
  const activities = createClaimActivities({ host, podman: createPodmanClient(podmanSocket) });
  return {
    claim: (buildId: string, environment = quietEnvironment()) =>
      perform(() => activities.claimBuild(build(buildId)), environment),
    folder: (buildId: string) => join(host.workDir, 'builds', buildId),
  };
}

const build = (buildId: string): BuildInput => ({
  buildId,
  key: { project: 'claims', service: 'web' },
  origin: { kind: 'git', cloneUrl: 'https://example.com/a.git' },
  commit: 'a'.repeat(40),
  settings: SETTINGS,
  extraTags: [],
});

test('a claim is answered with the name of the host [B5]', async () => {
  expect(await claims(1).claim('a.1')).toEqual({ host: 'claims' });
});

test('no more builds than slots, however many claim at once; a cleaned one makes room', async () => {
  const { claim, folder } = claims(2);
  const taken: string[] = [];
  const all = ['a.1', 'a.2', 'a.3', 'a.4'].map(async (id) => {
    await claim(id);
    taken.push(id);
  });

  await eventually('two claims', () => taken.length >= 2);
  const [first = '', second = ''] = taken;
  // Both slots are taken in one go; a third would have been, too.
  expect(taken).toHaveLength(2);
  rmSync(folder(first), { recursive: true });
  await eventually('a third claim', () => taken.length >= 3);
  expect(taken).toHaveLength(3);
  rmSync(folder(second), { recursive: true });
  await Promise.all(all);

  expect(taken.toSorted()).toEqual(['a.1', 'a.2', 'a.3', 'a.4']);
});

test('claiming again takes no second slot [F1]', async () => {
  const { claim } = claims(1);

  await claim('a.1');

  expect(await claim('a.1')).toEqual({ host: 'claims' });
});

test.each([
  ['claimed and never begun is free after three minutes', [], 200],
  ['begun is free after a quarter of an hour', ['source'], 1_000],
])('a slot that a worker which died has %s [F1]', async (_what, begun, seconds) => {
  const { claim, folder } = claims(1);
  mkdirSync(join(folder('a.1'), ...begun), { recursive: true });
  const before = Date.now() / 1_000 - seconds;
  utimesSync(folder('a.1'), before, before);

  expect(await claim('a.2')).toEqual({ host: 'claims' });
});

test('a slot of a build that waits for its next step, or for its first one, is not given away [B5]', async () => {
  const { claim, folder } = claims(2);
  for (const [id, seconds, ...begun] of [
    ['a.1', 600, 'source'],
    ['a.2', 150],
  ] as const) {
    mkdirSync(join(folder(id), ...begun), { recursive: true });
    const before = Date.now() / 1_000 - seconds;
    utimesSync(folder(id), before, before);
  }
  let taken = false;
  const waiting = claim('a.3').then(() => (taken = true));
  // Their own slots are answered for; by then the third one has looked, too.
  for (const id of ['a.1', 'a.2']) await claim(id);
  expect(taken).toBe(false);
  rmSync(folder('a.2'), { recursive: true });
  await waiting;
});

test('waiting for a slot ends when it is cancelled [B10]', async () => {
  const { claim } = claims(1);
  await claim('a.1');
  const environment = quietEnvironment();

  const waiting = failing(claim('a.2', environment));
  environment.cancel();

  expect((await waiting).type).toBe('cancelled');
});

test('a host without its engine takes no build, so that another one does', async () => {
  const { claim } = claims(1, join(tempDir(), 'no.sock'));

  expect((await failing(claim('a.1'))).type).toBe('EngineUnavailable');
});

test('a host whose disk is nearly full takes no build, says what to do, and takes it once there is room [B5]', async () => {
  const disk = smallDisk(1);
  const { claim } = claims(1, engine.socket, disk.dir);
  disk.fill(60_000);

  expect(await failing(claim('a.1'))).toEqual({
    type: 'EngineUnavailable',
    message: expect.stringMatching(/Build host claims takes no build: .*builds is 9\d % full\. Free some space/),
  });

  disk.free();
  expect(await claim('a.1')).toEqual({ host: 'claims' });
});
