/** A build host whose disk really is full. */
import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { smallDisk } from '../../support/small-disk.ts';
import { failing, perform, startBuildHost } from './build-host.ts';
import { LEAN, writeBusyboxBuild } from './dockerfiles.ts';

const disk = smallDisk(192);
const host = await startBuildHost('bfull', disk.dir);
const { repository } = host;
const activities = host.activities();
/** In base64, four. */
const THREE_MEGABYTES = 3_000_000;

const commits = {
  lean: () => repository.commit(LEAN),
  large: () => repository.commit({ ...LEAN, hello: randomBytes(THREE_MEGABYTES).toString('base64') }),
  growing: () =>
    repository.commitFolder((folder) =>
      writeBusyboxBuild(folder, 'RUN /b/busybox dd if=/dev/zero of=/grown bs=1M count=30'),
    ),
};

test.each([
  ['when the build begins', 'lean', 0, 'ENOSPC: no space left on device, write'],
  ['when the context arrives', 'large', 1_000_000, 'Podman could not store the build context'],
  ['when a file is copied', 'large', 10_000_000, '[^]*no space left on device'],
  ['by what a step of the Dockerfile writes', 'growing', 14_000_000, 'dd: .*No space left on device'],
] as const)(
  'a disk that is full %s is DiskFull, with whose it is and what to do; cleaned and with room the same build goes through [B5][B9]',
  async (when, content, leftBytes, words) => {
    const buildId = `bfull.web.${when.length}`;
    const step = host.step(buildId, commits[content]());
    await perform(() => activities.fetchSource(step));
    disk.fill(leftBytes);

    const { type, message } = await failing(perform(() => activities.buildImage(step)));

    disk.free();
    expect({ type, message }).toEqual({
      type: 'DiskFull',
      message: expect.stringMatching(
        `^The build host's disk is full: ${words}\\. Free some space, then build again\\.$`,
      ),
    });
    expect(host.log()).toContain("DiskFull: The build host's disk is full");
    await perform(() => activities.cleanBuild(step));

    await perform(() => activities.fetchSource(step));
    await perform(() => activities.buildImage(step));
    await perform(() => activities.cleanBuild(step));
    // Only now: Podman forgot containers of the first build that it could not write down as removed.
    expect(await host.leftovers(buildId)).toEqual([]);
  },
);

test('a disk without room for one more file is DiskFull as well, in whatever step it is noticed [B5]', async () => {
  const [fetching, building] = [host.step('bfull.web.100', commits.lean()), host.step('bfull.web.101', commits.lean())];
  await perform(() => activities.fetchSource(building));
  disk.fillWithFiles();

  const failed = [
    await failing(perform(() => activities.fetchSource(fetching))),
    await failing(perform(() => activities.buildImage(building))),
  ];

  disk.free();
  for (const { type, message } of failed) {
    expect({ type, message }).toEqual({
      type: 'DiskFull',
      message: expect.stringMatching(
        // Git says it in its own words, where it still gets so far.
        /^(?=.*no space left on device)(?=.*(?:build host's disk|disk of the build host) is full).*\. Free some space, then build again\.$/is,
      ),
    });
  }
});
