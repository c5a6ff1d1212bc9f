import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { createContext } from '../../../cli/context.ts';
import { landfallEnv, readSettings } from '../../../cli/up/settings.ts';
import { tempDir } from '../../support/tmp.ts';

/** The names of the settings in a file of workers/. */
const settingsIn = (file: string) =>
  [
    ...readFileSync(new URL(`../../../workers/${file}.ts`, import.meta.url), 'utf8').matchAll(
      /^ {2}([A-Z][A-Z_]+): /gm,
    ),
  ].map(([, name = '']) => name);

test('whatever Landfall can be told takes effect with `landfall up`, too [F5]', () => {
  const names = [...settingsIn('settings'), ...settingsIn('config')];
  expect(names).toEqual(expect.arrayContaining(['LANDFALL_REPAIR_EVERY', 'LANDFALL_KEEP_AUDIT', 'DATABASE_URL']));
  const stream = () => new PassThrough();
  const context = createContext({
    ...{ stdin: stream(), stdout: stream(), stderr: stream(), cwd: tempDir(), home: tempDir() },
    env: { ...Object.fromEntries(names.map((name) => [name, `given ${name}`])), LANDFALL_LISTEN: '127.0.0.1:8081' },
    signal: new AbortController().signal,
  });
  const options = { listen: '127.0.0.1:8080', temporalPort: 1, temporalUiPort: 2, registryPort: 3, dataDir: '/data' };

  const settings = readSettings(context, options);
  const { databaseUrl = '', temporalAddress = '', registryAddress: registry = '', hostsFile = '' } = settings;
  const env = landfallEnv(settings, { databaseUrl, temporalAddress, registry, hostsFile, authFile: undefined });

  const own = { LANDFALL_DATA_DIR: '/data/landfall', LANDFALL_LISTEN: '127.0.0.1:8081' };
  expect(env).toMatchObject({ ...Object.fromEntries(names.map((name) => [name, `given ${name}`])), ...own });
});

const upSettings = (env: Readonly<Record<string, string>>) => {
  const stream = () => new PassThrough();
  const gitHub = { GITHUB_APP_ID: '1', GITHUB_WEBHOOK_SECRET: 'a secret', GITHUB_APP_PRIVATE_KEY: 'a key' };
  const context = createContext({
    ...{ stdin: stream(), stdout: stream(), stderr: stream(), cwd: tempDir(), home: tempDir() },
    env: { ...gitHub, ...env },
    signal: new AbortController().signal,
  });
  return readSettings(context, {
    ...{ listen: '127.0.0.1:8080', temporalPort: 1, temporalUiPort: 2, registryPort: 3, dataDir: '/data' },
  });
};

test('the Podman whose API is served here is the one that the user runs [F5]', () => {
  const own = {
    CONTAINERS_STORAGE_CONF: '/own/storage.conf',
    XDG_DATA_HOME: '/own/data',
    XDG_CONFIG_HOME: '/own/conf',
  };
  expect(upSettings({ ...own, HTTPS_PROXY: 'http://name:password@proxy' }).podmanEnv).toEqual(own);
});

test('Landfall answers by its own name on the ports for the web, and believes the proxy there [B18][G7]', () => {
  const env = { LANDFALL_URL: 'https://deploy.example.com', LANDFALL_TRUSTED_PROXIES: '10.0.0.1' };
  const { web, handedOn, proxy } = upSettings({ ...env, LANDFALL_PUBLIC_ADDRESS: '0.0.0.0' });
  expect(web?.landfall).toEqual({ host: 'deploy.example.com', address: '127.0.0.1', port: 8080 });
  expect(handedOn['LANDFALL_TRUSTED_PROXIES']).toBe('10.0.0.1, 127.0.0.1');
  expect(proxy.clients).toEqual({ trustedProxies: ['10.0.0.1'] });
  // Without ports for the web, or a name, nothing is different.
  expect(upSettings(env)).toMatchObject({ web: undefined, handedOn: { LANDFALL_TRUSTED_PROXIES: '10.0.0.1' } });
  expect(upSettings({ LANDFALL_PUBLIC_ADDRESS: '0.0.0.0' }).web).not.toHaveProperty('landfall');
});

test('the limits of the proxy are settings [F5]', () => {
  const limits = {
    LANDFALL_PROXY_MAX_CONNECTIONS: '500',
    LANDFALL_PROXY_RELOAD_PATIENCE: '2h',
    LANDFALL_PROXY_CONNECTIONS_PER_CLIENT: '50',
    LANDFALL_PROXY_TIMEOUT_REQUEST: '5s',
    LANDFALL_PROXY_TIMEOUT_CLIENT: '30s',
    LANDFALL_PROXY_TIMEOUT_SERVER: '24d',
    LANDFALL_PROXY_TIMEOUT_TUNNEL: '1s',
    LANDFALL_TRUSTED_PROXIES: '10.0.0.1, 2001:db8::/32',
  };
  expect(upSettings(limits).proxy).toEqual({
    limits: { maxConnections: 500, reloadPatience: '2h' },
    timeouts: { request: '5s', client: '30s', server: '24d', tunnel: '1s' },
    clients: { connectionsPerClient: 50, trustedProxies: ['10.0.0.1', '2001:db8::/32'] },
  });
  expect(upSettings({}).proxy).toEqual({ limits: {}, timeouts: {}, clients: {} });
});

test.each([
  ['CONNECTIONS_PER_CLIENT', '0'],
  ['TIMEOUT_REQUEST', '10'],
  ['MAX_CONNECTIONS', '0'],
  ['MAX_CONNECTIONS', '1.5'],
  ['MAX_CONNECTIONS', '-3'],
  ['MAX_CONNECTIONS', '2000 '],
  ['MAX_CONNECTIONS', '1e4'],
  ['MAX_CONNECTIONS', '1000001'],
  ['MAX_CONNECTIONS', '10000000000000000000'],
  ['TIMEOUT_SERVER', '300'],
  ['TIMEOUT_SERVER', '0s'],
  ['TIMEOUT_SERVER', '999ms'],
  ['TIMEOUT_CLIENT', '25d'],
  ['TIMEOUT_CLIENT', '1m\n  maxconn 1'],
  ['TIMEOUT_TUNNEL', '1h30m'],
  ['TIMEOUT_TUNNEL', 'forever'],
  ['RELOAD_PATIENCE', '5 m'],
])('LANDFALL_PROXY_%s=%j is refused with what to use [F5]', (name, value) => {
  const wrong = {
    [`LANDFALL_PROXY_${name}`]: value,
    LANDFALL_PROXY_TIMEOUT_SERVER: name === 'TIMEOUT_SERVER' ? value : 'x',
  };
  expect(() => upSettings(wrong)).toThrow(new RegExp(`LANDFALL_PROXY_${name} is .*: use a `));
  // All that is wrong, at once.
  expect(() => upSettings(wrong)).toThrow(/LANDFALL_PROXY_TIMEOUT_SERVER is/);
});

test('limits for a proxy that is not started here are refused, with where they belong [F5]', () => {
  const env = { LANDFALL_HOSTS_FILE: '/etc/hosts.json', LANDFALL_PROXY_TIMEOUT_SERVER: '10m' };
  expect(() => upSettings(env)).toThrow(
    /LANDFALL_PROXY_TIMEOUT_SERVER is for the proxy .*`timeouts`, .*\/etc\/hosts.json/,
  );
});

test('what Landfall knows by value only may be named by its file, as systemd hands credentials on [H1][F3]', () => {
  const dir = tempDir();
  writeFileSync(join(dir, 'database-url'), 'postgres://me:word@db/landfall\n');
  writeFileSync(join(dir, 'key'), 'a-key\n');
  const settings = upSettings({
    DATABASE_URL_FILE: join(dir, 'database-url'),
    TEMPORAL_API_KEY_FILE: join(dir, 'key'),
  });
  expect(settings.databaseUrl).toBe('postgres://me:word@db/landfall');
  expect(settings.handedOn).toMatchObject({ TEMPORAL_API_KEY: 'a-key' });
  expect(() => upSettings({ DATABASE_URL_FILE: join(dir, 'none') })).toThrow(/ENOENT. Correct DATABASE_URL_FILE/);
});
