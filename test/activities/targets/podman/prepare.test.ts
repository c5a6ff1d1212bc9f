/** Problems found before anything is touched. */
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { HostSettings } from '../../../../contracts/config/host.ts';
import { createPodmanClient } from '../../../../activities/podman/client.ts';
import { onCleanup } from '../../../support/cleanup.ts';
import { tempDir } from '../../../support/tmp.ts';
import { publish } from '../images.ts';
import { perform } from '../perform.ts';
import { startPodmanPlace } from '../podman-place.ts';

const place = await startPodmanPlace('prepare');
const target = place.target();

describe('the port', () => {
  test('taken by another program [C2]', async () => {
    const scene = await place.scene('recreate');
    const squatter = createTcpServer();
    await new Promise<void>((resolve) => squatter.listen(scene.publishPort, '127.0.0.1', resolve));

    const preparing = perform(target.prepare, scene.request('one', 10));

    await expect(preparing).rejects.toMatchObject({ type: 'PortTaken', nonRetryable: true });
    await new Promise((resolve) => squatter.close(resolve));
    await perform(target.prepare, scene.request('one', 10));
  });

  test.each(['recreate', 'blue-green'] as const)('taken by another service of ours (%s) [C2]', async (strategy) => {
    const [first, second] = [await place.scene(strategy), await place.scene('recreate')];
    const one = first.request('one', 10);
    await perform(target.switchTo, one);

    const preparing = perform(target.prepare, second.request('two', 10, { publishPort: first.publishPort }));

    await expect(preparing).rejects.toMatchObject({
      type: 'PortTaken',
      message: expect.stringContaining(`${one.key.service}.production`),
    });
    await perform(target.prepare, first.request('two', 20));
  });
});

describe('the engine', () => {
  test('away [C2]', async () => {
    const away = place.target({ podman: createPodmanClient(join(tempDir(), 'podman.sock')) });

    const preparing = perform(away.prepare, (await place.scene('recreate')).request('one', 10));

    await expect(preparing).rejects.toMatchObject({ type: 'EngineUnavailable', nonRetryable: false });
  });

  test('with hardly any disk left [C2]', async () => {
    const full = place.target({ minFreeBytes: Number.MAX_SAFE_INTEGER });

    const preparing = perform(full.prepare, (await place.scene('recreate')).request('one', 10));

    await expect(preparing).rejects.toMatchObject({
      type: 'DiskFull',
      nonRetryable: true,
      message: expect.stringMatching(
        `^Host prepare has \\d+ MB left at ${place.engine.dir}/storage, and 9007199254 MB are kept free\\. Remove what is not needed \\("podman image prune"\\) or add space\\.$`,
      ),
    });
  });
});

test('blue-green on a host without a proxy', async () => {
  const { name, roles, podmanSocket, address, workDir } = place.host;
  const bare = place.target({ host: HostSettings.parse({ name, roles, podmanSocket, address, workDir }) });

  const preparing = perform(bare.prepare, (await place.scene('blue-green')).request('one', 10));

  await expect(preparing).rejects.toMatchObject({
    type: 'InvalidConfiguration',
    message: expect.stringContaining('recreate'),
  });
  await perform(bare.prepare, (await place.scene('recreate')).request('one', 10));
});

describe('the image', () => {
  test('cannot be pulled: the registry is away [C2]', async () => {
    const image = elsewhere('127.0.0.1:1');

    const preparing = perform(target.prepare, (await place.scene('recreate')).request('one', 10, { image }));

    await expect(preparing).rejects.toMatchObject({ type: 'RegistryUnavailable', nonRetryable: false });
  });

  test('is not given to this host [C2]', async () => {
    const address = await standIn(
      401,
      'application/json',
      '{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}',
    );
    const image = elsewhere(address);
    const asking = place.target({ registry: { address, insecure: true } });

    const preparing = perform(asking.prepare, (await place.scene('recreate')).request('one', 10, { image }));

    await expect(preparing).rejects.toMatchObject({ type: 'RegistryRefused', nonRetryable: true });
  });

  test('is another one than was asked for [B8]', async () => {
    const manifest = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', layers: [] };
    const address = await standIn(200, manifest.mediaType, JSON.stringify(manifest));
    const image = elsewhere(address);
    const fooled = place.target({ registry: { address, insecure: true } });

    const preparing = perform(fooled.prepare, (await place.scene('recreate')).request('one', 10, { image }));

    await expect(preparing).rejects.toMatchObject({ type: 'DigestMismatch', nonRetryable: true });
  });

  test('has no HEALTHCHECK, and its health is to be told by one', async () => {
    const { image, health } = (await place.scene('recreate')).request('one', 10);
    const checked = await publish({ repository: place.repository, version: 'checked', check: 'passes' });
    const scene = await place.scene('recreate');
    const request = (given: string) =>
      scene.request('one', 10, { image: given, health: { ...health, kind: 'container' } });

    await expect(perform(target.prepare, request(image))).rejects.toMatchObject({ type: 'InvalidConfiguration' });
    await perform(target.prepare, request(checked));
  });

  test.each([
    ['before it is looked at', '/json', 'GET'],
    ['before it has a name', '/tag', 'POST'],
  ] as const)('is taken away by a cleanup %s: it is pulled again [C3]', async (_when, call, verb) => {
    const image = await publish({ repository: place.repository, version: `swept${verb.toLowerCase()}` });
    const request = (await place.scene('recreate')).request('one', 10, { image });
    const engine = createPodmanClient(place.engine.socket);
    const at = `/images/${encodeURIComponent(image)}`;
    let pulls = 0;
    const swept: typeof engine = {
      ...engine,
      async json(method, path, given) {
        if (pulls === 1 && path === at + call) await engine.json('DELETE', at, { query: { force: true } });
        return engine.json(method, path, given);
      },
      lines(method, path, given) {
        pulls += 1;
        return engine.lines(method, path, given);
      },
    };

    await perform(place.target({ podman: swept }).prepare, request);

    expect(pulls).toBe(2);
    expect((await engine.json<{ RepoTags: string[] }>('GET', `${at}/json`)).RepoTags).toContainEqual(
      expect.stringMatching(/:g10$/),
    );
  });

  test('is pulled once and kept by a name of this environment', async () => {
    const scene = await place.scene('recreate');
    const request = scene.request('three', 1_763_726_400);

    await perform(target.prepare, request);

    const { stdout } = await place.engine.podman(['images', '--format', '{{.Repository}}:{{.Tag}}']);
    expect(stdout).toContain(`localhost/landfall/shop.${scene.key.service}.production:g1763726400`);
  });
});

/** An image that this host does not have, at another registry. */
const elsewhere = (address: string): string => `${address}/prepare/web@sha256:${'f'.repeat(64)}`;

/** A registry that says the same to every manifest request. */
async function standIn(status: number, type: string, body: string): Promise<string> {
  const server = createServer((request, response) => {
    const ping = request.url === '/v2/';
    response
      .writeHead(ping ? 200 : status, { 'content-type': ping ? 'application/json' : type })
      .end(ping ? '{}' : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
