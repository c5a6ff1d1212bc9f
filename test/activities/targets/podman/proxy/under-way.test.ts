/** Requests and connections under way when versions and services change. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from '@jest/globals';
import { get, keepAlive, reader, upload, webSocket, webSocketOverHttp2 } from './clients.ts';
import { stage, version } from './stage.ts';

const ID = 'shop.web.production';

test('WebSockets, events, downloads and uploads outlive the changes of other services, and their own switch until the drain ends [C5][F1][B18]', async () => {
  const { proxy, publish, published } = await stage();
  const [one, two, three] = [await version('one'), await version('two'), await version('three')];
  const port = await published('web', one.port);
  const agent = keepAlive();
  const settle = (patienceMs: number) =>
    new MockActivityEnvironment().run(() => proxy.settle(ID, patienceMs, new AbortController().signal));

  const [chat, events, download] = [
    await webSocket(port),
    await reader(port, '/events'),
    await reader(port, '/download'),
  ];
  const sent = upload(port);
  await sent.send('x'.repeat(1_000));
  expect([await events.next(), await download.next(), await chat.says('a')]).toEqual(['one', 'one', 'one a']);
  expect((await get(port, '/', { agent })).text).toBe('one');

  // Another service comes, is switched, and goes: two reloads.
  const other = await published('other', two.port);
  await publish('other', other, three.port);
  await proxy.close('shop.other.production');
  one.send('after the reloads');
  expect([await events.next(), await download.next()]).toEqual(['after the reloads', 'after the reloads']);
  expect(await chat.says('b')).toBe('one b');
  await sent.send('x'.repeat(1_000));
  expect((await get(port, '/', { agent })).text).toBe('one');

  // Its own next version: new requests reach it, also on a connection that is kept; what is under way ends where it began.
  await publish('web', port, two.port);
  const settled = settle(120_000).then(() => 'settled');
  expect((await get(port, '/', { agent })).text).toBe('two');
  const newer = await webSocket(port);
  expect(await newer.says('c')).toBe('two c');
  one.send('after the switch');
  expect([await events.next(), await download.next()]).toEqual(['after the switch', 'after the switch']);
  expect(await chat.says('d')).toBe('one d');
  await sent.send('x'.repeat(1_000));
  expect(await sent.finish()).toBe('one 3000');
  one.finish();
  expect([await events.next(), await events.next(), await download.next(), await download.next()]).toEqual(
    ['end', 'end', 'end', 'end'], // The line, and the end itself.
  );
  expect(await Promise.race([settled, chat.says('e')])).toBe('one e');
  chat.close();
  expect(await settled).toBe('settled');

  // The drain's end is the end of what is under way, and of nothing else.
  await publish('web', port, three.port);
  const newest = await webSocket(port);
  await settle(50);
  expect(await newer.closed).toBe('cut');
  expect(await newest.says('f')).toBe('three f');
  expect((await get(port, '/', { agent })).text).toBe('three');
});

test('a WebSocket that a browser opens within HTTP/2 does the same [C5][F1][B18]', async () => {
  const { proxy, named, web } = await stage();
  const [one, two] = [await version('one'), await version('two')];
  await named('web', 'shop.example.com', one.port);
  const open = async () => webSocketOverHttp2(web.httpsPort, 'shop.example.com');
  const chat = await open();
  expect(await chat.says('a')).toBe('one a');
  await named('other', 'other.example.com', two.port);
  expect(await chat.says('b')).toBe('one b');
  await named('web', 'shop.example.com', two.port);
  expect([await chat.says('c'), await (await open()).says('d')]).toEqual(['one c', 'two d']);
  await new MockActivityEnvironment().run(() => proxy.settle(ID, 50, new AbortController().signal));
  expect(await chat.says('e')).toBe('cut');
});
