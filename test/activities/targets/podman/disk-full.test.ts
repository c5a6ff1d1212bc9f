/** A host whose disk really is full. */
import { expect, test } from '@jest/globals';
import { createPodmanClient } from '../../../../activities/podman/client.ts';
import type { PodmanTargetDeps } from '../../../../activities/targets/podman/target.ts';
import type { TargetRequest } from '../../../../contracts/deployment/target.ts';
import { testHost } from '../../../support/podman.ts';
import { smallDisk } from '../../../support/small-disk.ts';
import { perform } from '../perform.ts';
import { startPodmanPlace } from '../podman-place.ts';

/** Only its images, in the registry, and its scenes are used. */
const place = await startPodmanPlace('roomy');
const disk = smallDisk(64);
const engine = await testHost('small', disk.dir);
const host = { ...place.host, name: 'small', podmanSocket: engine.socket };
const small = (changes: Partial<PodmanTargetDeps> = {}) =>
  place.target({ host, podman: createPodmanClient(engine.socket), ...changes });
/** Ones that do not look how much there is. */
const target = small({ minFreeBytes: 0 });
const relayed = small({ minFreeBytes: 0, podman: createPodmanClient(await place.relays.inFrontOf(engine.socket)) });

const full = (message: RegExp) => ({ type: 'DiskFull', nonRetryable: true, message: expect.stringMatching(message) });

const noRoomYet = { nonRetryable: false, message: expect.stringContaining('no space left on device') };

const runningIn = async (asked: TargetRequest) => {
  const { healthy, replicas } = await perform(target.observe, asked);
  return { healthy, serving: replicas.filter(({ serving }) => serving).map(({ generation }) => generation) };
};

test('with less room than is kept free, nothing is begun: it says how much there is where, and what to do [C2]', async () => {
  const preparing = perform(small().prepare, (await place.scene('recreate')).request('one', 10));

  await expect(preparing).rejects.toMatchObject(
    full(
      new RegExp(
        `^Host small has \\d\\d MB left at ${disk.dir}/storage, and 1000 MB are kept free\\. Remove what is not needed \\("podman image prune"\\) or add space\\.$`,
      ),
    ),
  );
  expect((await engine.podman(['images', '--quiet'])).stdout).toBe('');
});

test('an image that does not fit is DiskFull, with what to do; with room the same call goes through [C2]', async () => {
  const request = (await place.scene('recreate')).request('one', 10);
  disk.fill(500_000);

  const preparing = perform(target.prepare, request);

  await expect(preparing).rejects.toMatchObject(
    full(/^Pulling \S+@sha256:\S+ failed: .*no space left on device\. Free some space on this host\.$/s),
  );
  disk.free();
  await perform(target.prepare, request);
});

test.each([
  // A program may have let go of enough for the name; the container finds no room then.
  [
    'an image cannot be named',
    'recreate',
    1,
    'Podman could not (?:name \\S+@sha256:\\S+|start landfall\\.shop\\.\\S+): ',
  ],
  ['a container cannot be made', 'recreate', 2, 'Podman could not start landfall\\.shop\\.\\S+: '],
  [
    'a container cannot be started in the place of the old one',
    'recreate',
    4,
    'Podman could not start landfall\\.shop\\.\\S+: ',
  ],
  [
    'a container cannot be started beside the old one',
    'blue-green',
    3,
    'Podman could not start landfall\\.shop\\.\\S+: ',
  ],
] as const)(
  '%s for want of room (%s): the switch is DiskFull, with what to do; with room, what ran before is running again [C2][C3][E6]',
  async (_what, strategy, at, words) => {
    const scene = await place.scene(strategy);
    const [one, two] = [scene.request('one', 10), scene.request('two', 20)];
    await perform(target.prepare, one);
    await perform(target.switchTo, one);
    await perform(target.prepare, two);
    const captured = await perform(target.capture, two);
    // The disk is full from this change at the engine on.
    place.relays.arm(at, () => disk.fill());

    const switching = await perform(relayed.switchTo, two).catch((error: unknown) => error);
    disk.fill();
    const restoring = await perform(target.restore, { request: two, captured }).catch((error: unknown) => error);

    disk.free();
    expect(switching).toMatchObject(
      full(new RegExp(`^${words}.*no space left on device.*\\. Free some space on this host\\.$`, 'is')),
    );
    // A person may free some in the meantime: it is tried again. The engine may have let go of enough by itself.
    if (restoring !== undefined) expect(restoring).toMatchObject(noRoomYet);
    await perform(target.restore, { request: two, captured });
    expect(await runningIn(two)).toEqual({ healthy: true, serving: [10] });
    expect(await scene.visit()).toBe('ok one');
  },
);
