import { describe, expect, test } from '@jest/globals';
import type { PullPolicy } from '../../../contracts/config/service.ts';
import { startFaultyRegistry, type RegistryFault } from '../../support/faulty-registry.ts';
import { failing, perform, SETTINGS, startBuildHost } from './build-host.ts';

const registry = await startFaultyRegistry();
const host = await startBuildHost('bbase', undefined, [registry.address]);
const { repository } = host;
const activities = host.activities();

let number = 0;
async function fetched(dockerfile: string, pull?: PullPolicy) {
  number += 1;
  const commit = repository.commit({ Dockerfile: dockerfile, hello: String(number) });
  const step = host.step(`bbase.web.${number}`, commit, { settings: { ...SETTINGS, ...(pull && { pull }) } });
  await perform(() => activities.fetchSource(step));
  host.log();
  return step;
}

const from = (name: string) => `${registry.address}/base/${name}:1`;

describe('a base image whose registry is in trouble', () => {
  const faults: readonly (readonly [string, RegistryFault])[] = [
    ['answers 503', 503],
    ['answers 500', 500],
    ['answers 502 to everything', 502],
    ['keeps contents to itself for a moment', 'blobs-503'],
    ['ends its answer too early', 'cut'],
  ];

  test.each(faults)('that %s is RegistryUnavailable, to be tried again after a while [B7][F1]', async (what, fault) => {
    const name = from(`faulty${what.length}`);
    const step = await fetched(`FROM ${name}\nCOPY hello /\n`);
    registry.fail(fault);

    const building = perform(() => activities.buildImage(step));

    expect(await failing(building)).toEqual({
      type: 'RegistryUnavailable',
      message: expect.stringMatching(
        `^The base image ${name} could not be pulled: .* It will be tried again in 15 s\\.$`,
      ),
    });
    await expect(building).rejects.toMatchObject({ nonRetryable: false, nextRetryDelay: 15_000 });
    expect(host.log()).toContain('It will be tried again in 15 s.');
    registry.fail(undefined);
  });

  test.each([
    ['COPY --from', (name: string) => `FROM scratch\nCOPY --from=${name} / /\n`],
    ['FROM --platform', (name: string) => `FROM --platform=linux/amd64 ${name}\n`],
    ['RUN --mount', (name: string) => `FROM scratch\nRUN --mount=from=${name},target=/x ["/no"]\n`],
  ])('is RegistryUnavailable for %s as well, where the engine says nothing of it', async (what, dockerfile) => {
    const step = await fetched(dockerfile(from(`copied${what.length}`)));
    registry.fail(503);

    expect((await failing(perform(() => activities.buildImage(step)))).type).toBe('RegistryUnavailable');
    registry.fail(undefined);
  });

  test.each([401, 403, 404])('that answers %d says so for good', async (status) => {
    const step = await fetched(`FROM ${from(`no${status}`)}\n`);
    registry.fail(status);

    const building = perform(() => activities.buildImage(step));

    expect((await failing(building)).type).toBe('BuildFailed');
    await expect(building).rejects.toMatchObject({ nonRetryable: true });
    registry.fail(undefined);
  });

  test('once is enough: the second attempt says that it is one, and builds [B7][F1]', async () => {
    const step = await fetched(`FROM ${from('again')}\nCOPY hello /\n`);
    registry.fail(503);
    await failing(perform(() => activities.buildImage(step)));
    registry.fail(undefined);

    const built = await perform(() => activities.buildImage(step), host.attempt(2));

    expect(built.bases).toEqual([{ image: from('again'), digest: registry.digest() }]);
    expect(host.log()).toContain('Trying again: attempt 2');
  });
});

describe('a base image that has another digest by now', () => {
  const digestOf = async (pull?: PullPolicy) => {
    const step = await fetched(`FROM ${from(pull ?? 'default')}\nCOPY hello /\n`, pull);
    const { bases } = await perform(() => activities.buildImage(step));
    return bases?.[0]?.digest;
  };

  test.each<[PullPolicy | undefined, boolean]>([
    [undefined, true],
    ['always', true],
    ['missing', false],
  ])('with pull: %s → the new one: %s [B7]', async (pull, isNew) => {
    registry.replace(`before ${pull ?? ''}`);
    const old = registry.digest();
    expect(await digestOf(pull)).toBe(old);
    registry.replace(`after ${pull ?? ''}`);

    expect(await digestOf(pull)).toBe(isNew ? registry.digest() : old);
  });

  test('is not needed while its registry is away: the copy of before is taken [B7]', async () => {
    const old = await digestOf();
    registry.fail(503);

    expect(await digestOf()).toBe(old);
    registry.fail(undefined);
  });
});
