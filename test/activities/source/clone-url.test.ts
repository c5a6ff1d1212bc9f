/** Addresses of repositories that strangers name: one parsed form, and no private host that the operator did not name. */
import { BlockList } from 'node:net';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isPrivateHost, pinAddresses, type PrivateSources } from '../../../activities/source/addresses.ts';
import { checkSource } from '../../../activities/source/check-input.ts';
import { readCloneUrl } from '../../../activities/source/clone-url.ts';
import { gitEnvironment } from '../../../activities/source/git.ts';
import { failureOf } from '../../../contracts/core/failures.ts';

const NONE: PrivateSources = { hosts: new Set(), networks: new BlockList() };
const networks = new BlockList();
networks.addSubnet('10.1.0.0', 16);
const SOME: PrivateSources = { hosts: new Set(['git.internal', 'localhost']), networks };

test.each([
  ['https://git.example.org/team/app.git', 'https://git.example.org/team/app.git'],
  ['HTTPS://Git.Example.org/Team/App.git', 'https://git.example.org/Team/App.git'],
  ['https://git.example.org:443/app', 'https://git.example.org/app'],
  ['https://8.8.8.8/app.git', 'https://8.8.8.8/app.git'],
])('%s is kept as %s [B11]', (given, kept) => {
  expect(readCloneUrl(given, NONE)).toEqual({ url: kept });
});

test.each([
  String.raw`http://127.0.0.1\@127.0.0.2:33973/inner`,
  String.raw`https://git.example.org\@169.254.169.254/x`,
  String.raw`https:\\git.example.org\x`,
  'https://a b/x',
  'https://git.example.org/a b',
  'https://git.ex\u00e4mple.org/x',
  'https://git.example.org/x\n',
  'https://user@git.example.org/x',
  'https://user:word@git.example.org/x',
  'https://git.example.org./x',
  'https://git.example.org/x?y',
  'https://git.example.org/x#',
  'http://git.example.org/x',
  'file:///etc/passwd',
  'ext::sh -c id',
  'git://git.example.org/x',
  'ssh://git.example.org/x',
  'git.example.org:x',
  '--upload-pack=id',
  '',
])('%j is refused, and not repeated [B11]', (given) => {
  const read = readCloneUrl(given, NONE);
  if (!('why' in read)) throw new Error('it was taken');
  expect(read.why).toMatch(/\.$/);
  expect(read.why).not.toContain('word');
});

test.each([
  ...[
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0',
    '10.0.0.1',
    '172.16.5.4',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
  ],
  ...[
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[fd00::1]',
    '[fe80::1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
  ],
  ...['localhost', 'localhost.', 'x.localhost', 'router', '224.0.0.1', '255.255.255.255'],
])('a repository at %s is refused unless the operator names the host [B11]', (host) => {
  expect(readCloneUrl(`https://${host}/x.git`, NONE)).toHaveProperty('why');
});

test('what the operator names may be private, and without TLS [B11]', () => {
  expect(readCloneUrl('http://git.internal:8080/x', SOME)).toEqual({ url: 'http://git.internal:8080/x' });
  expect(readCloneUrl('http://10.1.2.3/x', SOME)).toEqual({ url: 'http://10.1.2.3/x' });
  expect(readCloneUrl('http://10.2.2.3/x', SOME)).toHaveProperty('why');
  expect(readCloneUrl('https://git.internal.evil.test/x', SOME)).toHaveProperty('url');
});

test('every address of the private networks is private, in either spelling of version 6 [B11]', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const privates = fc.oneof(
    fc.tuple(fc.constantFrom('10', '127', '0'), byte, byte, byte).map((parts) => parts.join('.')),
    fc.tuple(byte, byte).map((parts) => `192.168.${parts.join('.')}`),
    fc.tuple(fc.integer({ min: 16, max: 31 }), byte, byte).map((parts) => `172.${parts.join('.')}`),
    fc.tuple(byte, byte).map((parts) => `169.254.${parts.join('.')}`),
  );
  fc.assert(
    fc.property(privates, (address) => {
      expect(isPrivateHost(address)).toBe(true);
      expect(isPrivateHost(`[::ffff:${address}]`)).toBe(true);
    }),
  );
});

test('a name that leads to a private address is refused at the fetch, whatever it was when it was declared [B11]', async () => {
  // The resolver of every machine answers this name with a loopback address.
  const url = new URL('https://localhost/x.git');
  const refused = await pinAddresses(url, NONE).catch((error: unknown) => failureOf(error));
  expect(refused).toMatchObject({ type: 'UnsafeSource' });
  expect(await pinAddresses(url, SOME)).toBeUndefined();
});

test('the connection is pinned to the address that was checked [B11]', async () => {
  const both = new BlockList();
  both.addSubnet('127.0.0.0', 8);
  both.addAddress('::1', 'ipv6');
  const pin = await pinAddresses(new URL('https://localhost:8443/x.git'), { hosts: new Set(), networks: both });
  expect(pin).toMatch(/^localhost:8443:(127\.0\.0\.1|\[::1\])(,|$)/);
  const environment = gitEnvironment('https://localhost:8443/x.git', undefined, pin);
  const key = Object.entries(environment).find(([, value]) => value === 'http.curloptResolve')?.[0] ?? '';
  expect(environment[key.replace('KEY', 'VALUE')]).toBe(pin);
});

test('a name without an address is tried again; an odd form that was stored before is refused [B11]', async () => {
  const unknown = await checkSource({ kind: 'git', cloneUrl: 'https://no-such-host.invalid/x' }).catch(failureOf);
  expect(unknown).toMatchObject({ type: 'SourceUnavailable' });
  const odd = await checkSource({ kind: 'git', cloneUrl: 'HTTPS://git.example.org/x' }).catch(failureOf);
  expect(odd).toMatchObject({ type: 'UnsafeSource' });
});
