/** A page in front of a service, in a real HAProxy. */
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import {
  parsePages,
  pageEntries,
  pagesFile,
  renderPages,
} from '../../../../../activities/targets/podman/proxy/pages.ts';
import { reload } from '../../../../../activities/targets/podman/proxy/reload.ts';
import { createRuntime } from '../../../../../activities/targets/podman/proxy/runtime.ts';
import { eventually } from '../../../../support/eventually.ts';
import { get, keepAlive, reader, upload, webSocket } from './clients.ts';
import { stage, version } from './stage.ts';

const ID = 'shop.web.production';
const page = (reason: string, until: number | null = null) => ({ reason, until });

test('a page stands in front of one service, on kept connections too, without a reload; what is under way goes on [B18][C5][F1]', async () => {
  const { proxy, configFile, adminSocket, masterSocket, published } = await stage();
  const runtime = createRuntime(adminSocket, masterSocket);
  const [one, two] = [await version('one'), await version('two')];
  const [port, other] = [await published('web', one.port), await published('other', two.port)];
  const agent = keepAlive();
  const sent = upload(port);
  const [chat, download] = [await webSocket(port), await reader(port, '/download')];
  await sent.send('x'.repeat(1_000));
  expect([await download.next(), (await get(port, '/', { agent })).text]).toEqual(['one', 'one']);
  const worker = await runtime.pid();
  const config = await readFile(configFile, 'utf8');

  await proxy.setPage({
    id: ID,
    change: 1,
    page: page('The database moves.\n<b>"Soon"</b> & 100 % Zürich 🚚; %[src] \\ \''),
  });
  const answer = await get(port, '/deep?x=1', { agent });
  expect(answer).toMatchObject({
    status: 503,
    headers: { 'retry-after': '300', 'cache-control': 'no-store', 'content-type': 'text/html; charset=utf-8' },
  });
  expect(readable(answer.text)).toContain(
    '<p>The database moves. &lt;b&gt;"Soon"&lt;/b&gt; &amp; 100 % Zürich 🚚; %[src] \\ \'</p>',
  );
  expect((await get(other)).text).toBe('two');
  one.send('behind the page');
  expect([await download.next(), await chat.says('a')]).toEqual(['behind the page', 'one a']);
  await sent.send('x'.repeat(1_000));
  expect(await sent.finish()).toBe('one 2000');
  expect([await runtime.pid(), await readFile(configFile, 'utf8')]).toEqual([worker, config]);
  expect((await proxy.page(ID))?.reason).toContain('The database');

  await proxy.setPage({ id: ID, change: 2, page: null });
  expect((await get(port, '/', { agent })).text).toBe('one');
  expect(await runtime.pid()).toBe(worker);
  expect(await chat.says('b')).toBe('one b');
});

test('a page at a name outlives switches, reloads and a restart, and stands there before its service does [B18][C5]', async () => {
  const { proxy, named, web, adminSocket, masterSocket } = await stage();
  const runtime = createRuntime(adminSocket, masterSocket);
  const [one, two] = [await version('one'), await version('two')];
  const ask = () => get(web.httpPort, '/', { headers: { host: 'shop.example.com' } });
  await proxy.setPage({ id: ID, change: 1, page: page('moving') });
  await named('other', 'other.example.com', two.port);
  expect((await ask()).status).toBe(404);
  await named('web', 'shop.example.com', one.port);
  expect(await ask()).toMatchObject({ status: 503, text: expect.stringContaining('moving') });
  await named('web', 'shop.example.com', two.port);
  expect((await ask()).status).toBe(503);
  await reload(masterSocket, runtime);
  expect((await ask()).status).toBe(503);
  await proxy.close(ID);
  await named('web', 'shop.example.com', two.port);
  expect((await ask()).status).toBe(503);
  await proxy.setPage({ id: ID, change: 2, page: null });
  expect((await ask()).text).toBe('two');
});

test('a page ends at its time by itself, and says so; of two orders the later counts; a forgotten one is gone [B18]', async () => {
  const { proxy, configFile, published } = await stage();
  const one = await version('one');
  const port = await published('web', one.port);
  await proxy.setPage({ id: ID, change: 5, page: page('', Date.now() + 90_000) });
  const answer = await get(port);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(80);
  expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(91);
  expect(answer.text).toMatch(
    /This service is being worked on\.<br>It is expected back by \d{4}-\d\d-\d\d \d\d:\d\d UTC\./,
  );

  await proxy.setPage({ id: ID, change: 4, page: null });
  expect((await get(port)).status).toBe(503);
  await proxy.setPage({ id: ID, change: 6, page: page('short', Date.now() + 1_500) });
  expect((await get(port)).status).toBe(503);
  await eventually('the end of the page', async () => (await get(port)).text === 'one');
  expect(await proxy.page(ID)).toBeNull();

  await proxy.setPage({ id: ID, change: 7, page: page('again') });
  await proxy.forgetPage(ID);
  expect((await get(port)).text).toBe('one');
  expect(await readFile(pagesFile(configFile), 'utf8')).toBe('');
});

test('the file of pages is read back as it was written, and a line that cannot be read is not written over', () => {
  const orders = [
    { id: ID, change: 3, page: page('one # two\nlandfall.x 0|three', 1_900_000_000_500) },
    { id: 'shop.api.production', change: 4, page: null },
  ];
  expect(parsePages(renderPages(orders))).toEqual(orders);
  expect(pageEntries(orders)).toEqual([
    [
      'landfall.shop.web.production',
      '1900000001|one &#35; two landfall.x 0&#124;three<br>It is expected back by 2030-03-17 17:46 UTC.',
    ],
  ]);
  expect(() => parsePages('# page {"id":1}\n')).toThrow('Remove that line.');
});

const readable = (html: string): string =>
  html.replaceAll(/&#(\d+);/g, (_, code: string) => {
    const text = String.fromCodePoint(Number(code));
    return { '<': '&lt;', '>': '&gt;', '&': '&amp;' }[text] ?? text;
  });
