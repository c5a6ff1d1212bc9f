import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { hash } from 'bcryptjs';
import { createRegistryClient } from '../../../activities/registry/client.ts';
import { loginsOf } from '../../../activities/registry/logins.ts';
import type { BuildInput } from '../../../contracts/deployment/build.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { freePort } from '../../../infra/dev/process.ts';
import { startRegistry } from '../../../infra/dev/registry.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { tempDir } from '../../support/tmp.ts';
import { startTokenGate } from '../../support/token-gate.ts';
import { failing, perform, startBuildHost } from './build-host.ts';
import { LEAN } from './dockerfiles.ts';

const host = await startBuildHost('bpush');
const { repository } = host;
const activities = host.activities();
const registry = createRegistryClient(host.registry);
const never = new AbortController().signal;
const digestOf = (tag: string) => registry.head('bpush/web', tag, never);

let number = 0;
/** A fresh build on this host, of a commit of its own. */
async function built(changes: Partial<BuildInput> = {}) {
  number += 1;
  const commit = repository.commit({ ...LEAN, hello: `hello ${number}` });
  const step = host.step(`bpush.web.${number}`, commit, changes);
  await perform(() => activities.fetchSource(step));
  await perform(() => activities.buildImage(step));
  host.log();
  return { step, commit };
}

describe('pushImage', () => {
  test('pushes under the commit, its short form and the extra tags, and says the digest [B7][B8]', async () => {
    const { step, commit } = await built({ extraTags: ['latest', 'v1.2.3'] });

    const pushed = await perform(() => activities.pushImage(step));

    const tags = [commit, commit.slice(0, 12), 'latest', 'v1.2.3'];
    expect(pushed).toEqual({
      image: `${host.registry.address}/bpush/web@${pushed.digest}`,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      tags,
    });
    expect(await Promise.all(tags.map(digestOf))).toEqual(tags.map(() => pushed.digest));
    expect(host.log()).toContain(`Pushed ${pushed.image}`);
  });

  test('pushed once is pushed: again sends nothing and answers the same [F1]', async () => {
    const { step } = await built();

    const first = await perform(() => activities.pushImage(step));
    host.log();
    const second = await perform(() => activities.pushImage(step));

    expect(second).toEqual(first);
    expect(host.log()).not.toContain('Copying');
  });

  test('a killed attempt is completed: tags that are missing are put, the content is not sent again [F1]', async () => {
    const { step, commit } = await built();
    const { digest } = await perform(() => activities.pushImage(step));
    host.log();

    const { tags } = await perform(() =>
      activities.pushImage({ ...step, build: { ...step.build, extraTags: ['later'] } }),
    );

    expect(tags).toEqual([commit, commit.slice(0, 12), 'later']);
    expect(await digestOf('later')).toBe(digest);
    expect(host.log()).not.toContain('Copying');
  });

  test('a newer build moves latest, and leaves the older commit its own tag [B7]', async () => {
    const older = await built({ extraTags: ['latest'] });
    const newer = await built({ extraTags: ['latest'] });

    const first = await perform(() => activities.pushImage(older.step));
    const second = await perform(() => activities.pushImage(newer.step));

    expect(await digestOf('latest')).toBe(second.digest);
    expect(await digestOf(older.commit)).toBe(first.digest);
    expect(first.digest).not.toBe(second.digest);
  });

  test('the same commit built again gets its tag, whatever was there before [B7]', async () => {
    const { step, commit } = await built();
    await perform(() => activities.pushImage(step));
    const again = { ...step, build: { ...step.build, buildId: `${step.build.buildId}.2`, extraTags: ['again'] } };
    await perform(() => activities.fetchSource(again));
    await perform(() => activities.buildImage(again));

    const pushed = await perform(() => activities.pushImage(again));

    expect(await Promise.all([commit, 'again'].map(digestOf))).toEqual([pushed.digest, pushed.digest]);
  });

  test('a registry prefix is part of the name', async () => {
    const { step, commit } = await built();
    const prefixed = host.activities({ registry: { ...host.registry, address: `${host.registry.address}/team/a` } });

    const pushed = await perform(() => prefixed.pushImage(step));

    expect(pushed.image).toBe(`${host.registry.address}/team/a/bpush/web@${pushed.digest}`);
    expect(await registry.head('team/a/bpush/web', commit, never)).toBe(pushed.digest);
  });

  test('a registry that is away is RegistryUnavailable, to be tried again', async () => {
    const { step } = await built();
    const dead = host.activities({ registry: { address: `127.0.0.1:${await freePort()}`, insecure: true } });

    expect(await failing(perform(() => dead.pushImage(step)))).toEqual({
      type: 'RegistryUnavailable',
      message: expect.stringMatching(/did not answer GET http:\/\/127\.0\.0\.1:\d+\/v2\/bpush\/web\/manifests/),
    });
  });

  test.each(['with a password', 'with a token'])(
    'a registry %s takes it from Landfall, and nothing from a step of the build [B8][B16]',
    async (how) => {
      const login = 'landfall:correct horse';
      const address =
        how === 'with a token'
          ? (await startTokenGate({ login })).address
          : await startRegistryWith(`landfall:${await hash('correct horse', 4)}\n`);
      const logins = loginsOf({ [address]: { user: 'landfall', password: new Secret('correct horse') } });
      const guarded = { address, insecure: true, logins };
      const { step, commit } = await built();

      const refused = await failing(
        perform(() => host.activities({ registry: { address, insecure: true } }).pushImage(step)),
      );
      const pushed = await perform(() => host.activities({ registry: guarded }).pushImage(step));
      // From it as a base image, which the engine pulls with the password.
      await host.engine.podman(['rmi', '--force', `${address}/bpush/web:${commit}`]);
      const next = host.step(
        `bpush.web.next${how.length}`,
        host.repository.commit({ Dockerfile: `FROM ${address}/bpush/web:${commit}\n` }),
      );
      const activities = host.activities({ registry: guarded });
      await perform(() => activities.fetchSource(next));
      await perform(() => activities.buildImage(next));

      expect(refused.type).toBe('RegistryRefused');
      expect(pushed.image).toBe(`${address}/bpush/web@${pushed.digest}`);
      expect(host.log()).not.toContain('horse');
      await perform(() => activities.cleanBuild(next));
    },
  );

  describe('to a registry that refuses uploads', () => {
    const json = (code: string) => ({
      type: 'application/json',
      body: JSON.stringify({ errors: [{ code, message: 'no' }] }),
    });
    const page = { type: 'text/html', body: '<h1>Go away</h1>' };

    test.each([
      ['its own 401', 401, json('UNAUTHORIZED')],
      ['its own 403', 403, json('DENIED')],
      ['the 401 of a proxy in front of it', 401, page],
      ['the 403 of a proxy in front of it', 403, page],
    ])(
      '%s is RegistryRefused: not tried again, no tag appears, the credentials are named [B7]',
      async (_name, status, answer) => {
        const { step, commit } = await built({ extraTags: ['refused'] });
        const { address, refused } = await refusingUploads(status, answer);
        const readOnly = host.activities({ registry: { address, insecure: true } });

        const pushing = perform(() => readOnly.pushImage(step));
        expect(await failing(pushing)).toEqual({
          type: 'RegistryRefused',
          message: expect.stringContaining('Check the registry credentials in LANDFALL_REGISTRY_AUTH_FILE'),
        });
        await expect(pushing).rejects.toMatchObject({ nonRetryable: true });
        expect(refused()).toBeGreaterThan(0);
        expect(await Promise.all([commit, commit.slice(0, 12), 'refused'].map(digestOf))).toEqual([
          undefined,
          undefined,
          undefined,
        ]);
      },
    );
  });

  test.each([
    [413, 'RegistryRefused', /A layer is larger than the registry, or a proxy in front of it, takes\. Raise its limit/],
    [507, 'RegistryUnavailable', /The registry has no room left\. Free some there/],
  ])('a registry that answers %d says what is too much, and what to do [B7]', async (status, type, advice) => {
    const { step } = await built();
    const { address, refused } = await refusingUploads(status, { type: 'text/html', body: '<h1>No</h1>' });
    const small = host.activities({ registry: { address, insecure: true } });

    expect(await failing(perform(() => small.pushImage(step)))).toEqual({
      type,
      message: expect.stringMatching(advice),
    });
    expect(refused()).toBeGreaterThan(0);
  });

  test('an image that is no longer there is ImageNotFound', async () => {
    const step = host.step('bpush.web.none', repository.commit(LEAN));

    expect((await failing(perform(() => activities.pushImage(step)))).type).toBe('ImageNotFound');
  });

  test.each(['a b', '-x', 'a/b', 'x'.repeat(129), ''])('a tag %j is refused before anything is pushed', async (tag) => {
    const step = host.step('bpush.web.tags', 'a'.repeat(40), { extraTags: [tag] });

    expect((await failing(perform(() => activities.pushImage(step)))).type).toBe('InvalidRequest');
  });
});

/** The run's registry behind a forwarder through which nothing can be uploaded. Its address, and how often it refused. */
async function refusingUploads(status: number, { type, body }: { readonly type: string; readonly body: string }) {
  let times = 0;
  const server = createServer((asked, answer) => {
    if (asked.method === 'POST' && asked.url?.endsWith('/blobs/uploads/')) {
      times += 1;
      answer.writeHead(status, { 'content-type': type }).end(body);
      return;
    }
    const { method, url, headers } = asked;
    const passed = request(`http://${host.registry.address}${url ?? ''}`, { method, headers }, (back) => {
      answer.writeHead(back.statusCode ?? 502, back.headers);
      back.pipe(answer);
    });
    passed.once('error', () => answer.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    server.close();
    server.closeAllConnections();
  });
  return { address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`, refused: () => times };
}

async function startRegistryWith(htpasswd: string): Promise<string> {
  const guarded = await startRegistry({ dir: tempDir(), htpasswd });
  onCleanup(guarded.stop);
  return guarded.address;
}
