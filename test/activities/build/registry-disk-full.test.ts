/** A registry whose own disk really is full. */
import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createRegistryClient } from '../../../activities/registry/client.ts';
import { startRegistry } from '../../../infra/dev/registry.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { smallDisk } from '../../support/small-disk.ts';
import { failing, perform, startBuildHost } from './build-host.ts';
import { LEAN } from './dockerfiles.ts';

const disk = smallDisk(64);
const store = await startRegistry({ dir: disk.dir });
onCleanup(() => store.stop());
const registry = { address: store.address, insecure: true };
const host = await startBuildHost('bregfull');
const activities = host.activities({ registry });
const client = createRegistryClient(registry);
const never = new AbortController().signal;

test.each([
  ['of whose layers it has room for none', 0],
  ['of whose layers it has room for one', 2_500_000],
  ['of whose files it has room for no more', undefined],
])(
  'a push to a registry with a full disk, %s, is tried again; nothing bears the tag until it has room [B7][B8]',
  async (when, leftBytes) => {
    const content = randomBytes(3_000_000).toString('base64');
    const commit = host.repository.commit({ ...LEAN, hello: content });
    const step = host.step(`bregfull.web.${when.length}`, commit);
    await perform(() => activities.fetchSource(step));
    await perform(() => activities.buildImage(step));
    if (leftBytes === undefined) disk.fillWithFiles();
    else disk.fill(leftBytes);

    const pushing = perform(() => activities.pushImage(step));

    expect(await failing(pushing)).toEqual({
      type: 'RegistryUnavailable',
      message: expect.stringContaining(registry.address),
    });
    await expect(pushing).rejects.not.toMatchObject({ nonRetryable: true });
    expect(await client.head('bregfull/web', commit, never)).toBeUndefined();

    disk.free();
    const { digest } = await perform(() => activities.pushImage(step));
    expect(await client.head('bregfull/web', commit, never)).toBe(digest);
    await perform(() => activities.cleanBuild(step));
  },
);
