import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import { readClusters, readDeploySecrets, readHosts } from '../../workers/settings.ts';
import { tempDir } from '../support/tmp.ts';

function file(text: string): string {
  const path = join(tempDir(), 'deploy-secrets');
  writeFileSync(path, text);
  return path;
}

test('deploy secrets are read by name, and do not print [C1]', () => {
  const secrets = readDeploySecrets(file('# CI\nactions:0123456789abcdef\n\njenkins:with:a-colon-0123456789\n'));
  expect(secrets.map(({ name, secret }) => [name, secret.reveal()])).toEqual([
    ['actions', '0123456789abcdef'],
    ['jenkins', 'with:a-colon-0123456789'],
  ]);
  expect(inspect(secrets)).not.toContain('0123456789');
});

test.each([
  ['a name that cannot be part of a workflow id', 'ok:0123456789abcdef\nour/ci:0123456789abcdef', 'entry 2: the name'],
  ['a secret that could be guessed', 'ci:short', 'entry 1: use NAME:TOKEN'],
])('%s is refused at the start, by its place and not by what it says [C1]', (_name, text, words) => {
  expect(() => readDeploySecrets(file(text))).toThrow(words);
  expect(() => readDeploySecrets(file(text))).not.toThrow(/0123456789abcdef|short/);
});

const HOST = { name: 'alpha', podmanSocket: '/run/podman.sock', workDir: '/var/lib/landfall' };
const PROXY = { configFile: '/etc/haproxy.cfg', adminSocket: '/run/admin.sock', masterSocket: '/run/master.sock' };

test.each([
  ['an unrecognized key', [{ ...HOST, buildSlot: 2 }], '0: unrecognized key "buildSlot": did you mean "buildSlots"?'],
  [
    'one below another',
    [{ ...HOST, proxy: { ...PROXY, timeouts: { sever: '5m' } } }],
    '0.proxy.timeouts: unrecognized key "sever": did you mean "server"?',
  ],
  ['one that is like none', [HOST, { ...HOST, name: 'beta', colour: 'red' }], '1: unrecognized key "colour"'],
  ['a value that is none', [{ ...HOST, buildSlots: 99 }], '0.buildSlots: use a number of at most 32'],
  ['no list', HOST, 'use a list, not a map of keys and values'],
])('a hosts file with %s is refused with its place and what to write [F6]', (_name, hosts, words) => {
  const path = file(JSON.stringify(hosts));
  expect(() => readHosts(path)).toThrow(new Error(`${path} is not a list of hosts: ${words}`));
});

test('a hosts file that gives two hosts one name is refused [F6]', () => {
  expect(() => readHosts(file(JSON.stringify([HOST, HOST])))).toThrow(/names the host alpha twice: give each a name/);
});

test('a clusters file is refused as exactly, and what it leaves out is filled in [D2][F6]', () => {
  const path = file(JSON.stringify([{ name: 'eu', inCluster: true, namespace: ['shop'] }]));
  expect(() => readClusters(path)).toThrow(
    new Error(`${path} is not a list of clusters: 0: unrecognized key "namespace": did you mean "namespaces"?`),
  );
  const eu = { name: 'eu', inCluster: true };
  expect(() => readClusters(file(JSON.stringify([eu, eu])))).toThrow(/names the cluster eu twice/);
  expect(readClusters(file(JSON.stringify([eu])))).toEqual([
    { ...eu, owner: 'landfall', probe: 'direct', createNamespaces: true },
  ]);
});
