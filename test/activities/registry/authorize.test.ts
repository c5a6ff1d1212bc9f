import { describe, expect, test } from '@jest/globals';
import { challengesOf } from '../../../activities/registry/authorize.ts';
import { createRegistryClient, type Manifest } from '../../../activities/registry/client.ts';
import { loginsOf } from '../../../activities/registry/logins.ts';
import { failureOf } from '../../../contracts/core/failures.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import { startTokenGate } from '../../support/token-gate.ts';

const never = new AbortController().signal;
const LOGIN = 'landfall:correct horse battery';
const EMPTY: Manifest = {
  digest: '',
  mediaType: 'application/vnd.oci.image.index.v1+json',
  body: Buffer.from('{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'),
};

function clientOf(address: string, login?: string) {
  const [user = '', password = ''] = login?.split(':') ?? [];
  const logins =
    login === undefined ? {} : { logins: loginsOf({ [address]: { user, password: new Secret(password) } }) };
  return createRegistryClient({ address, insecure: true, ...logins });
}

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => failureOf(error),
  );

describe('a registry that wants a token', () => {
  test('is asked with one for each repository and right, which is kept [B8][B16]', async () => {
    const gate = await startTokenGate({ login: LOGIN, expiresIn: 300 });
    const client = clientOf(gate.address, LOGIN);

    await client.putTag('rtoken/app', 'one', EMPTY, never);
    await client.putTag('rtoken/app', 'two', EMPTY, never);
    expect(await client.head('rtoken/app', 'one', never)).toMatch(/^sha256:/);
    expect((await client.getManifest('rtoken/app', 'two', never))?.body).toEqual(EMPTY.body);

    expect(gate.asked).toEqual(['repository:rtoken/app:pull,push', 'repository:rtoken/app:pull']);
  });

  test('is asked for another when the first is over [B8]', async () => {
    const gate = await startTokenGate({ login: LOGIN, expiresIn: 0 });
    const client = clientOf(gate.address, LOGIN);

    await client.head('rtoken/none', 'one', never);
    await client.head('rtoken/none', 'one', never);

    expect(gate.asked).toHaveLength(2);
  });

  test('lets those without a password pull, and not push [B16]', async () => {
    const gate = await startTokenGate({ login: LOGIN });
    const client = clientOf(gate.address);

    expect(await client.head('rtoken/none', 'one', never)).toBeUndefined();
    expect(await refusal(client.putTag('rtoken/none', 'one', EMPTY, never))).toMatchObject({ type: 'RegistryRefused' });
    expect(gate.asked[0]).toBe('repository:rtoken/none:pull (anonymous)');
  });

  test('refuses the wrong password, which is not shown [B16]', async () => {
    const gate = await startTokenGate({ login: LOGIN });

    const refused = await refusal(clientOf(gate.address, 'landfall:wrong horse').head('a/b', 'x', never));

    expect(refused?.type).toBe('RegistryRefused');
    expect(refused?.message).toMatch(/401 .*the token for HEAD .*LANDFALL_REGISTRY_AUTH_FILE/);
    expect(refused?.message).not.toContain('horse');
  });

  test.each([
    [{ status: 503, body: '' }, 'RegistryUnavailable'],
    [{ status: 429, body: '' }, 'RegistryUnavailable'],
    [{ status: 403, body: '' }, 'RegistryRefused'],
    [{ status: 200, body: 'x' }, 'RegistryRefused'],
    [{ status: 200, body: '{"token":""}' }, 'RegistryRefused'],
    [{ status: 200, body: 'x'.repeat(5_000_000) }, 'RegistryUnavailable'],
  ])('whose token server answers %j is %s', async (tokenAnswer, type) => {
    const gate = await startTokenGate({ login: LOGIN, tokenAnswer });

    expect(await refusal(clientOf(gate.address, LOGIN).head('a/b', 'x', never))).toMatchObject({ type });
  });

  test.each(['ftp://127.0.0.1/token', 'http://user:x@127.0.0.1/token', 'token', ''])(
    'at %j gets no password [B16]',
    async (realm) => {
      const gate = await startTokenGate({ login: LOGIN, realm });

      expect(await refusal(clientOf(gate.address, LOGIN).head('a/b', 'x', never))).toMatchObject({
        type: 'RegistryRefused',
        message: expect.stringContaining('no safe place to get a token'),
      });
    },
  );
});

test.each([
  ['Basic realm="a b"', [{ scheme: 'basic', parameters: { realm: 'a b' } }]],
  [
    'Bearer realm="https://a/token",service="s",scope="repository:a/b:pull,push"',
    [{ scheme: 'bearer', parameters: { realm: 'https://a/token', service: 's', scope: 'repository:a/b:pull,push' } }],
  ],
  [
    'bearer realm=https://a/token, service=s',
    [{ scheme: 'bearer', parameters: { realm: 'https://a/token', service: 's' } }],
  ],
  [
    'Negotiate, Basic realm="x", Bearer realm="https://a/\\"t"',
    [
      { scheme: 'basic', parameters: { realm: 'x' } },
      { scheme: 'bearer', parameters: { realm: 'https://a/"t' } },
    ],
  ],
  [
    ['Basic realm="x"', 'Bearer realm="y"'],
    [
      { scheme: 'basic', parameters: { realm: 'x' } },
      { scheme: 'bearer', parameters: { realm: 'y' } },
    ],
  ],
  ['', []],
  [undefined, []],
])('the challenges of %j', (header, expected) => {
  expect(challengesOf(header)).toEqual(expected);
});
