import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createRegistryClient, type Manifest } from '../../../activities/registry/client.ts';
import { createImageLookup } from '../../../activities/registry/image-lookup.ts';
import { loginsOf } from '../../../activities/registry/logins.ts';
import { repositoryOf } from '../../../activities/registry/reference.ts';
import { failureOf } from '../../../contracts/core/failures.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { where } from '../../../infra/dev/locate.ts';
import { freePort, startProcess, waitUntil } from '../../../infra/dev/process.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { testRegistry } from '../../support/registry.ts';
import { putImage } from '../../support/registry-image.ts';
import { tempDir } from '../../support/tmp.ts';

const never = new AbortController().signal;
const client = createRegistryClient({ address: testRegistry(), insecure: true });

async function refusal(work: Promise<unknown>) {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return failureOf(error);
}

/** An index of nothing: the smallest manifest that a registry takes without blobs. */
const EMPTY: Manifest = {
  digest: '',
  mediaType: 'application/vnd.oci.image.index.v1+json',
  body: Buffer.from('{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'),
};

describe('against the real registry', () => {
  test('what is not there is undefined [B8]', async () => {
    expect(await client.head('rclient/none', 'latest', never)).toBeUndefined();
    expect(await client.getManifest('rclient/none', 'latest', never)).toBeUndefined();
  });

  test('a tag is put on a manifest, moved, and read back by tag and by digest [B7][B8]', async () => {
    await client.putTag('rclient/app', 'one', EMPTY, never);
    const read = await client.getManifest('rclient/app', 'one', never);
    expect(read).toMatchObject({ mediaType: EMPTY.mediaType, body: EMPTY.body });

    if (!read) throw new Error('it was there a moment ago');
    await client.putTag('rclient/app', 'two', read, never);
    await client.putTag('rclient/app', 'two', read, never);

    expect(await client.head('rclient/app', 'two', never)).toBe(read.digest);
    expect((await client.getManifest('rclient/app', read.digest, never))?.body).toEqual(EMPTY.body);
  });

  test('an image’s labels are read, through an index too; what has none has none [C1]', async () => {
    const name = 'rclient/labels';
    const digest = await putImage({ registry: testRegistry(), name, tag: 'one', labels: { a: 'b' } });
    expect(await client.labels(name, digest, never)).toEqual({ a: 'b' });
    const one = await client.getManifest(name, digest, never);
    const manifests = [
      { mediaType: one?.mediaType, digest, size: one?.body.length, platform: { architecture: 'amd64', os: 'linux' } },
    ];
    const { mediaType } = EMPTY;
    await client.putTag(
      name,
      'index',
      { digest: '', mediaType, body: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })) },
      never,
    );
    const index = await client.head(name, 'index', never);
    expect(await client.labels(name, index ?? '', never)).toEqual({ a: 'b' });
    expect(await client.labels(name, `sha256:${'0'.repeat(64)}`, never)).toEqual({});
  });

  test('a tag is put on an image that is there; one that is gone says so [B7]', async () => {
    const address = testRegistry();
    const lookup = createImageLookup(client, address);
    const key = { project: 'rclient', service: 'tagged' };
    const digest = await putImage({ registry: address, name: 'rclient/tagged', tag: 'one', labels: {} });
    await lookup.tagImage(key, digest, '1.2.0', never);
    await lookup.tagImage(key, digest, '1.2.0', never);
    expect(await client.head('rclient/tagged', '1.2.0', never)).toBe(digest);
    const gone = `sha256:${'0'.repeat(64)}`;
    expect(await refusal(lookup.tagImage(key, gone, '2.0.0', never))).toMatchObject({ type: 'ImageNotFound' });
    expect(await refusal(lookup.tagImage(key, digest, 'a b', never))).toMatchObject({ type: 'InvalidRequest' });
  });

  test('what it refuses is RegistryRefused with its own words', async () => {
    const config = {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: 2,
      digest: `sha256:${'1'.repeat(64)}`,
    };
    const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
    const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] }));
    const broken = { digest: '', mediaType, body };

    expect(await refusal(client.putTag('rclient/app', 'broken', broken, never))).toEqual({
      type: 'RegistryRefused',
      message: expect.stringMatching(
        /answered 400 to PUT http:\/\/.*\/v2\/rclient\/app\/manifests\/broken: MANIFEST_BLOB_UNKNOWN/,
      ),
    });
  });

  test('an abort is an abort, not an outage', async () => {
    const reason = new Error('cancelled on request');

    await expect(client.head('rclient/app', 'one', AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('with a password', () => {
  test('only the right one gets in, and neither is shown [B16]', async () => {
    const address = await startProtectedRegistry();
    const asking = (password: string) =>
      createRegistryClient({
        address,
        insecure: true,
        logins: loginsOf({ [address]: { user: 'landfall', password: new Secret(password) } }),
      });

    expect(await asking('correct horse battery').head('a/b', 'latest', never)).toBeUndefined();
    const refused = await refusal(asking('wrong horse battery').getManifest('a/b', 'latest', never));
    expect(refused).toEqual({
      type: 'RegistryRefused',
      message: expect.stringContaining('Check the registry credentials'),
    });
    expect(refused?.message).not.toContain('horse');
    expect(await refusal(createRegistryClient({ address, insecure: true }).head('a/b', 'x', never))).toMatchObject({
      type: 'RegistryRefused',
    });
  });
});

describe('when the registry is in trouble', () => {
  test('nobody there is RegistryUnavailable, to be tried again', async () => {
    const dead = createRegistryClient({ address: `127.0.0.1:${await freePort()}`, insecure: true });

    expect(await refusal(dead.head('a/b', 'x', never))).toEqual({
      type: 'RegistryUnavailable',
      message: expect.stringMatching(/did not answer HEAD http:.*ECONNREFUSED/),
    });
  });

  test.each([
    [429, 'RegistryUnavailable'],
    [500, 'RegistryUnavailable'],
    [503, 'RegistryUnavailable'],
    [403, 'RegistryRefused'],
    [405, 'RegistryRefused'],
  ])('%i is %s', async (status, type) => {
    const faulty = await answering(status, {}, '<html>proxy</html>');

    expect(await refusal(faulty.getManifest('a/b', 'x', never))).toMatchObject({ type });
  });

  test('content that does not fit its digest is DigestMismatch [B8]', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const lying = await answering(200, { 'docker-content-digest': digest, 'content-type': EMPTY.mediaType }, '{}');

    expect(await refusal(lying.getManifest('a/b', 'x', never))).toMatchObject({ type: 'DigestMismatch' });
  });

  test('an answer without end is not read for ever', async () => {
    const huge = await answering(200, {}, 'x'.repeat(5 * 1024 * 1024));

    expect(await refusal(huge.getManifest('a/b', 'x', never))).toMatchObject({
      type: 'RegistryUnavailable',
      message: expect.stringContaining('larger than'),
    });
  });
});

test.each([
  ['127.0.0.1:5000', { host: '127.0.0.1:5000', name: 'shop/web' }],
  ['registry.example.com/team/a', { host: 'registry.example.com', name: 'team/a/shop/web' }],
])('a repository at %s', (address, expected) => {
  expect(repositoryOf(address, { project: 'shop', service: 'web' })).toEqual(expected);
});

/** Something in front of a registry that answers everything the same way. */
async function answering(status: number, headers: Record<string, string>, body: string) {
  const server = createServer((_, res) => res.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    server.close();
    server.closeAllConnections();
  });
  return createRegistryClient({ address: `127.0.0.1:${(server.address() as AddressInfo).port}`, insecure: true });
}

/** The user "landfall" with the password "correct horse battery". */
const HTPASSWD = 'landfall:$2y$05$saNldkPzkTSBXaSfQfGcpuuhnzrcgng/91UYN.xEO/S3.c4EJchG.\n';

async function startProtectedRegistry(): Promise<string> {
  const dir = tempDir();
  const address = `127.0.0.1:${await freePort()}`;
  mkdirSync(join(dir, 'images'));
  writeFileSync(join(dir, 'htpasswd'), HTPASSWD);
  writeFileSync(
    join(dir, 'registry.yml'),
    `version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: ${dir}/images } }
http: { addr: "${address}" }
auth: { htpasswd: { realm: landfall, path: ${dir}/htpasswd } }
`,
  );
  const registry = await startProcess({
    command: where('registry'),
    args: ['serve', join(dir, 'registry.yml')],
    logFile: join(dir, 'registry.log'),
  });
  onCleanup(() => registry.stop());
  await waitUntil(registry, async (signal) => (await fetch(`http://${address}/v2/`, { signal })).status === 401, {
    what: 'serve a protected registry',
    timeoutMs: 15_000,
  });
  return address;
}

describe('megabytes that a registry makes up', () => {
  const DIGEST = `sha256:${'a'.repeat(64)}`;
  const many = (n: number, one: string) => Array.from({ length: n }, () => one).join(',');
  const HOSTILE: Readonly<Record<string, () => string>> = {
    'lists in lists': () => '['.repeat(4_000_000),
    'lists in lists that end': () => `{"config":${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}}`,
    'images that are none': () => `{"manifests":[${many(1_300_000, '{}')}]}`,
    'numbers for images': () => `{"manifests":[${many(2_000_000, '1')}]}`,
    'errors that are none': () => `{"errors":[${many(1_300_000, '1')}]}`,
    labels: () =>
      `{"config":{"digest":"${DIGEST}","Labels":{${Array.from({ length: 300_000 }, (_, i) => `"${i}":1`).join(',')}}}}`,
  };

  test.each(Object.entries(HOSTILE))(
    '%s cost little time, as an answer and as a refusal [B4][F2]',
    async (_name, body) => {
      const text = body();
      const server = createServer((request, response) => {
        response.writeHead(request.url?.includes('refused') ? 403 : 200, { 'content-type': 'application/json' });
        response.end(text);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onCleanup(() => {
        server.closeAllConnections();
        server.close();
      });
      const hostile = createRegistryClient({
        address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        insecure: true,
      });
      const begun = performance.now();
      expect(await hostile.labels('acme/web', DIGEST, never)).toEqual({});
      expect(await refusal(hostile.labels('acme/refused', DIGEST, never))).toMatchObject({ type: 'RegistryRefused' });
      // Checked entry by entry, the third takes 24 s.
      expect(performance.now() - begun).toBeLessThan(2_000);
    },
  );
});
