import { expect, test } from '@jest/globals';
import { HostSettings, type ProxySettings } from '../../../../../contracts/config/host.ts';
import { parseProxyConfig, renderProxyConfig } from '../../../../../activities/targets/podman/proxy/config.ts';
import { errorPages } from '../../../../../activities/targets/podman/proxy/error-pages.ts';
import { pageRules } from '../../../../../activities/targets/podman/proxy/pages.ts';
import type { Section } from '../../../../../activities/targets/podman/proxy/section.ts';

const WEB: Section = {
  id: 'shop.web.production',
  address: '127.0.0.1',
  port: 20080,
  mode: 'http',
  blue: 40001,
  green: 40002,
  active: 'green',
};
const QUEUE: Section = {
  id: 'shop.queue.production',
  address: '10.0.0.7',
  port: 20081,
  mode: 'tcp',
  blue: 40003,
  green: null,
  active: 'blue',
};

const rendered = (sections: readonly Section[], host: Partial<ProxySettings> = {}) =>
  renderProxyConfig({ sections, shared: {} }, { configFile: '/landfall.cfg', ...host }).text;

test('each published service has a section of its own, and only one of its servers is in use', () => {
  expect(rendered([WEB, QUEUE]))
    .toBe(`# Written by Landfall: changes are lost. The line before each section is what Landfall reads back.
defaults landfall
  timeout connect 2s
  timeout client 1m
  timeout server 5m
  timeout tunnel 1h
  timeout http-request 10s
  timeout http-keep-alive 30s
  # A container that crashed is back within these three seconds.
  retries 3
  # A reload must not close a connection in the moment in which its client uses it again.
  option idle-close-on-response
${errorPages.join('\n')}

backend landfall-clients from landfall
  stick-table type ipv6 size 100k expire 2m store conn_cur

# section {"id":"shop.queue.production","address":"10.0.0.7","port":20081,"mode":"tcp","blue":40003,"green":null,"active":"blue"}
frontend landfall.shop.queue.production from landfall
  mode tcp
  bind 10.0.0.7:20081
  tcp-request connection track-sc0 src,ipmask(32,64) table landfall-clients
  tcp-request connection reject if { sc0_conn_cur gt 1000 }
  default_backend landfall.shop.queue.production
backend landfall.shop.queue.production from landfall
  mode tcp
  server blue 127.0.0.1:40003
  server green 127.0.0.1:1 disabled

# section {"id":"shop.web.production","address":"127.0.0.1","port":20080,"mode":"http","blue":40001,"green":40002,"active":"green"}
frontend landfall.shop.web.production from landfall
  mode http
  bind 127.0.0.1:20080
  tcp-request connection track-sc0 src,ipmask(32,64) table landfall-clients
  tcp-request connection reject if { sc0_conn_cur gt 1000 }
  http-request del-header ^(forwarded|x[-_]forwarded[-_].*|x[-_]real[-_]ip)$ -m reg
  http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)] unless { req.hdr(X-Forwarded-Proto) -m found }
  http-request set-header X-Forwarded-Host %[req.hdr(Host)] if { req.hdr(Host) -m found } !{ req.hdr(X-Forwarded-Host) -m found }
  option forwardfor
  default_backend landfall.shop.web.production
backend landfall.shop.web.production from landfall
  mode http
${pageRules('/landfall.cfg').join('\n')}
  server blue 127.0.0.1:40001 disabled
  server green 127.0.0.1:40002
`);
});

const API: Section = {
  ...{ id: 'shop.api.production', address: '127.0.0.1', mode: 'http', blue: 40005, green: null, active: 'blue' },
  routes: [
    { host: 'shop.example.com', path: '/api' },
    { host: 'shop.example.com', path: '/' },
  ],
};
const PUBLIC = { address: '0.0.0.0', httpPort: 80, httpsPort: 8443, certificates: '/certificates' };

test('services with names share two frontends, and a map says which service has which path', () => {
  const shared = { thumbprint: 'a'.repeat(43), secured: ['shop.example.com'] };
  const { text, lists } = renderProxyConfig(
    { sections: [API], shared },
    { configFile: '/landfall.cfg', public: PUBLIC },
  );
  const [map, names] = lists;
  expect(map?.text).toBe(
    'shop.example.com/ landfall.shop.api.production\nshop.example.com/api/ landfall.shop.api.production\n',
  );
  expect(names?.text).toBe(`# ${'a'.repeat(43)}\nshop.example.com\n`);
  expect(text).toContain(`
# shared ${JSON.stringify(shared)}
# open ${JSON.stringify(PUBLIC)}
frontend landfall-http from landfall
  mode http
  bind 0.0.0.0:80
`);
  expect(text).toContain(`
  bind 0.0.0.0:8443 ssl crt /certificates/default.pem crt /certificates/served alpn h2,http/1.1
`);
  expect(text).toContain(`,map_beg(${String(map?.path)})`);
  expect(text).toContain(
    `location https://%[var(txn.landfall_host)]:8443%[pathq] code 308 if { var(txn.landfall_host) -m str -f ${String(names?.path)} }`,
  );
  // A service without a port of its own has no frontend of its own.
  expect(text).not.toContain('frontend landfall.shop.api');
  expect(parseProxyConfig(text)).toEqual({ sections: [API], shared, open: PUBLIC });
});

test('what was written is read back', () => {
  expect(parseProxyConfig(rendered([WEB, QUEUE]))).toEqual({ sections: [QUEUE, WEB], shared: {} });
  expect(parseProxyConfig(rendered([]))).toEqual({ sections: [], shared: {} });
  expect(parseProxyConfig('')).toEqual({ sections: [], shared: {} });
});

test.each([
  ['a line of its own', { id: 'shop.web.a\n  bind 0.0.0.0:22' }],
  ['fewer names', { id: 'shop.web' }],
  ['an address that is a name', { address: 'localhost\nbackend evil' }],
  ['no port', { port: 0 }],
  ['a name that is none', { routes: [{ host: 'shop.example.com evil\nbackend', path: '/' }] }],
  ['a path that is none', { routes: [{ host: 'shop.example.com', path: '/a b' }] }],
])('a section with %s is never written', (_, change) => {
  expect(() => rendered([{ ...WEB, ...change }])).toThrow();
});

test.each(['# section {"id":"shop.web.production"}', '# section not json', '# section null'])(
  'a file with %j is not overwritten: it may hold a service that is on the air',
  (line) => {
    expect(() => parseProxyConfig(`${line}\n`)).toThrow(/cannot read/);
  },
);

test('the host decides how long its services and their clients may be silent, and how many connections each may have [F5]', () => {
  const host = (proxy: object) =>
    HostSettings.safeParse({
      ...{ name: 'alpha', podmanSocket: '/podman.sock', workDir: '/work' },
      proxy: { configFile: '/landfall.cfg', adminSocket: '/admin.sock', masterSocket: '/master.sock', ...proxy },
    });
  const { proxy = {} } =
    host({
      timeouts: { request: '5s', server: '30m', tunnel: '12h' },
      ...{ maxConnections: 700, connectionsPerClient: 50, trustedProxies: ['10.0.0.1', '2001:db8::/32'] },
    }).data ?? {};
  const text = rendered([WEB], proxy);
  for (const line of [
    'maxconn 700',
    'timeout http-request 5s',
    'timeout client 1m',
    'timeout server 30m',
    'timeout tunnel 12h',
    'acl landfall-trusted src 10.0.0.1',
    'acl landfall-trusted src 2001:db8::/32',
    'tcp-request connection reject if { sc0_conn_cur gt 50 }',
  ]) {
    expect(text).toContain(`\n  ${line}\n`);
  }
  expect(parseProxyConfig(text).sections).toEqual([WEB]);

  for (const wrong of [
    { timeouts: { server: '300' } },
    { timeouts: { server: 300 } },
    { timeouts: { server: '0s' } },
    { timeouts: { client: '30d' } },
    { timeouts: { idle: '1m' } },
    { timeouts: { tunnel: '1h\n  bind :22' } },
    { maxConnections: 0 },
    { maxConnections: '700' },
    { connectionsPerClient: 0 },
    { trustedProxies: ['proxy.example'] },
    { trustedProxies: ['10.0.0.1\n  bind :22'] },
  ]) {
    expect(host(wrong)).toMatchObject({ success: false });
  }
  expect(host({ timeouts: { server: '300' } }).error?.issues[0]?.message).toContain('such as 30s, 5m or 2h');
});
