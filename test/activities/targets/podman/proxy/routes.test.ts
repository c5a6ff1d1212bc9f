/** Names and paths on the ports for the web, with a real HAProxy and real clients. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as listen } from 'node:net';
import { dirname } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { parseProxyConfig, renderProxyConfig } from '../../../../../activities/targets/podman/proxy/config.ts';
import { createProxy, type Entrance } from '../../../../../activities/targets/podman/proxy/proxy.ts';
import { freePort } from '../../../../../infra/dev/process.ts';
import { startProxy } from '../../../../../infra/dev/proxy.ts';
import type { Route } from '../../../../../contracts/config/routes.ts';
import type { ProxySettings } from '../../../../../contracts/config/host.ts';
import { onCleanup } from '../../../../support/cleanup.ts';
import { tempDir } from '../../../../support/tmp.ts';
import { ask, askHttp2 } from '../../../../support/web.ts';

/** A service that answers with its name. */
async function service(name: string): Promise<number> {
  const server: Server = createServer((_request, response) => response.end(name));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It has no port.');
  return address.port;
}

async function host(change: Partial<ProxySettings> = {}) {
  const dir = tempDir();
  const { stop, configFile, adminSocket, masterSocket } = await startProxy({ dir });
  onCleanup(stop);
  const web = {
    address: '127.0.0.1',
    httpPort: await freePort(),
    httpsPort: await freePort(),
    certificates: `${dir}/tls`,
  };
  const settings = { configFile, adminSocket, masterSocket, public: web, ...change };
  return { web, settings, proxy: createProxy(settings) };
}

const SHOP = 'shop.example.com';
const entrance = (service: string, ...routes: readonly (string | Route)[]): Entrance => ({
  id: `shop.${service}.production`,
  address: '127.0.0.1',
  mode: 'http',
  routes: routes.map((route) => (typeof route === 'string' ? { host: SHOP, path: route } : route)),
});

let ports: Readonly<Record<'site' | 'api' | 'newer' | 'admin', number>>;
beforeAll(async () => {
  ports = {
    site: await service('site'),
    api: await service('api'),
    newer: await service('newer api'),
    admin: await service('admin'),
  };
});

test('the name and the longest path decide, by whole segments, over HTTP/1.1, HTTP/2 and TLS alike [B18][G7]', async () => {
  const { web, proxy } = await host();
  await proxy.refresh();
  expect(await ask({ port: web.httpPort, host: SHOP })).toMatchObject({ status: 404 });
  await proxy.route(entrance('site', '/', { host: 'www.example.com', path: '/' }), ports.site);
  await proxy.route(entrance('api', '/api', '/hooks'), ports.api);
  await proxy.route(entrance('admin', '/api/admin'), ports.admin);

  const served: Readonly<Record<string, string>> = {
    '/': 'site',
    '/apix': 'site',
    '/api': 'api',
    '/api?a=/x': 'api',
    '/api/': 'api',
    '/api/x/y': 'api',
    '/hooks/1': 'api',
    '/api/admin': 'admin',
    '/api/admin/x': 'admin',
    '/api/administrators': 'api',
  };
  for (const [path, body] of Object.entries(served)) {
    expect([path, await ask({ port: web.httpPort, host: SHOP, path })]).toMatchObject([path, { status: 200, body }]);
    expect([path, await askHttp2({ port: web.httpsPort, host: SHOP, path })]).toMatchObject([
      path,
      { status: 200, body, alpn: 'h2' },
    ]);
  }
  // The name in other forms of the same.
  for (const name of ['SHOP.Example.com', `${SHOP}.`, `${SHOP}:8080`, 'www.example.com']) {
    expect(await ask({ port: web.httpPort, host: name, path: '/x' })).toMatchObject({ status: 200, body: 'site' });
  }
  expect(await ask({ port: web.httpsPort, host: SHOP, path: '/api' }, true)).toMatchObject({ body: 'api' });

  // Names that belong to no service are answered by none.
  for (const name of ['other.example.com', 'example.com', 'xshop.example.com', '127.0.0.1']) {
    expect(await ask({ port: web.httpPort, host: name })).toMatchObject({ status: 404 });
    expect(await ask({ port: web.httpsPort, host: name }, true)).toMatchObject({ status: 404 });
  }
});

test('a switch needs no reload, other routes do, and a removed service takes its names away [C5][G7]', async () => {
  const { web, settings, proxy } = await host();
  const workers = async () => readFileSync(settings.configFile, 'utf8');
  const api = entrance('api', '/api');
  const asked = (path: string) => ask({ port: web.httpPort, host: SHOP, path });
  await proxy.route(api, ports.api);
  expect(await proxy.isOpen(api)).toBe(true);
  await proxy.route(api, ports.newer);
  expect(await asked('/api')).toMatchObject({ body: 'newer api' });
  expect(await proxy.serving(api.id)).toEqual([ports.newer]);

  const moved = entrance('api', '/v2');
  expect(await proxy.isOpen(moved)).toBe(false);
  await proxy.route(moved, ports.newer);
  expect(await asked('/v2/x')).toMatchObject({ body: 'newer api' });
  expect(await asked('/api')).toMatchObject({ status: 404 });

  // Back again.
  await proxy.route(api, ports.api);
  expect([await asked('/api'), await asked('/v2')]).toMatchObject([{ body: 'api' }, { status: 404 }]);
  const written = await workers();

  await proxy.close(api.id);
  expect(await asked('/api')).toMatchObject({ status: 404 });
  expect(await proxy.isOpen(api)).toBe(false);
  // Lists of former configurations do not pile up.
  const lists = readdirSync(dirname(settings.configFile)).filter((name) => name.includes('.routes.'));
  expect(lists).toHaveLength(1);

  // Killed before the reload: the file has the service, and the running proxy does not know its name.
  writeFileSync(settings.configFile, written);
  expect(await proxy.isOpen(api)).toBe(false);
  await proxy.route(api, ports.api);
  expect(await asked('/api')).toMatchObject({ body: 'api' });
});

test('a name and path have one owner, and a second one is named the first', async () => {
  const { web, proxy } = await host();
  await proxy.route(entrance('site', '/', '/docs'), ports.site);
  await expect(proxy.route(entrance('api', '/api', '/docs'), ports.api)).rejects.toMatchObject({
    type: 'RouteTaken',
    message: expect.stringContaining(`${SHOP}/docs is that of shop.site.production`) as unknown,
  });
  expect(await ask({ port: web.httpPort, host: SHOP, path: '/docs' })).toMatchObject({ body: 'site' });
  // At once: one gets it.
  const both = await Promise.allSettled([
    proxy.route(entrance('api', '/new'), ports.api),
    proxy.route(entrance('admin', '/new'), ports.admin),
  ]);
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(await ask({ port: web.httpPort, host: SHOP, path: '/new' })).toMatchObject({ body: 'api' });
  // Given up, it is free.
  await proxy.close('shop.api.production');
  await proxy.route(entrance('admin', '/new'), ports.admin);
  expect(await ask({ port: web.httpPort, host: SHOP, path: '/new' })).toMatchObject({ body: 'admin' });
});

test('without ports for the web there are no names, and a port that is taken leaves everything as it was', async () => {
  const { settings, web, proxy } = await host();
  const { public: _, ...without } = settings;
  await expect(createProxy(without).route(entrance('api', '/'), ports.api)).rejects.toMatchObject({
    type: 'InvalidConfiguration',
    message: expect.stringContaining('landfall up --public') as unknown,
  });

  const squatter = listen();
  await new Promise<void>((resolve) => squatter.listen(web.httpsPort, '127.0.0.1', resolve));
  onCleanup(() => void squatter.close());
  await expect(proxy.refresh()).rejects.toMatchObject({ type: 'PortTaken' });
  expect(readFileSync(settings.configFile, 'utf8')).toBe('');
  // A service without names needs none of it, and what is written must not keep HAProxy from starting again.
  const own = await freePort();
  const plain: Entrance = { id: 'shop.plain.production', address: '127.0.0.1', port: own, mode: 'http' };
  for (const behind of [ports.api, ports.newer]) await proxy.route(plain, behind);
  expect(await ask({ port: own, host: SHOP })).toMatchObject({ body: 'newer api' });
  expect(readFileSync(settings.configFile, 'utf8')).not.toContain('landfall-http');
  await expect(proxy.route(entrance('api', '/'), ports.api)).rejects.toMatchObject({ type: 'PortTaken' });
  await new Promise((resolve) => squatter.close(resolve));
  await proxy.refresh();
  expect(await ask({ port: web.httpPort, host: SHOP })).toMatchObject({ status: 404 });
  expect(await ask({ port: own, host: SHOP })).toMatchObject({ body: 'newer api' });

  // Other ports, at the next start of its worker.
  const elsewhere = { ...web, httpPort: await freePort() };
  await createProxy({ ...settings, public: elsewhere }).refresh();
  expect(await ask({ port: elsewhere.httpPort, host: SHOP })).toMatchObject({ status: 404 });
  await createProxy(without).refresh();
  await expect(ask({ port: elsewhere.httpPort, host: SHOP })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('what services share is kept: the proof for ACME, and the names that HTTP leads to HTTPS', async () => {
  const { web, settings, proxy } = await host();
  const thumbprint = 'b'.repeat(43);
  await proxy.share({ thumbprint });
  await proxy.route(entrance('site', '/'), ports.site);
  const path = '/.well-known/acme-challenge/evaGxfADs6pSRb2LAv9IZf17';
  for (const name of [SHOP, 'new.example.com']) {
    const answer = { status: 200, body: `evaGxfADs6pSRb2LAv9IZf17.${thumbprint}` };
    expect(await ask({ port: web.httpPort, host: name, path })).toMatchObject(answer);
  }
  expect(await ask({ port: web.httpPort, host: SHOP, path: `${path}/../x` })).toMatchObject({ body: 'site' });

  // Killed before HAProxy read what was written: the next one sees to it.
  const other = 'c'.repeat(43);
  const written = parseProxyConfig(readFileSync(settings.configFile, 'utf8'));
  const lost = renderProxyConfig({ ...written, shared: { thumbprint: other } }, settings);
  for (const list of lost.lists) writeFileSync(list.path, list.text);
  writeFileSync(settings.configFile, lost.text);
  await createProxy(settings).share({ thumbprint: other });
  expect(await ask({ port: web.httpPort, host: SHOP, path })).toMatchObject({
    body: `evaGxfADs6pSRb2LAv9IZf17.${other}`,
  });

  await createProxy(settings).share({ secured: [SHOP] });
  expect(await ask({ port: web.httpPort, host: SHOP, path: '/a/b?c=%20d' })).toMatchObject({
    status: 308,
    headers: { location: `https://${SHOP}:${web.httpsPort}/a/b?c=%20d` },
  });
  // The proof is asked for over HTTP.
  expect(await ask({ port: web.httpPort, host: SHOP, path })).toMatchObject({ status: 200 });
  expect(await askHttp2({ port: web.httpsPort, host: SHOP, path: '/a' })).toMatchObject({ status: 200, body: 'site' });
});
