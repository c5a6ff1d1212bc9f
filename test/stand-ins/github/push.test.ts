import { parseLossless } from '../../../contracts/core/lossless-json.ts';
import { createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from '@jest/globals';
import { onCleanup } from '../../support/cleanup.ts';
import { tempDir } from '../../support/tmp.ts';
import { startGitHub } from '../../../stand-ins/github/start.ts';
import { createWorkCopy } from '../../../stand-ins/github/work-copy.ts';

interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}
interface PushPayload {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly created: boolean;
  readonly deleted: boolean;
  readonly forced: boolean;
  readonly commits: readonly { id: string; message: string; added: string[]; modified: string[]; removed: string[] }[];
  readonly head_commit: { readonly id: string } | null;
  readonly pusher: { readonly name: string };
  readonly repository: { readonly id: number | bigint; readonly full_name: string };
  readonly installation: { readonly id: number | bigint };
}

const NOTHING = '0'.repeat(40);
const secret = randomUUID();
const received: Received[] = [];
let status = 202;
const hook = createServer((req, res) => {
  void text(req).then((body) => {
    received.push({ headers: req.headers, body });
    res.writeHead(status).end();
  });
});
await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
onCleanup(() => void hook.close());

const dir = tempDir();
const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/api/webhooks/github`;
const github = await startGitHub({ dir: join(dir, 'github'), webhook: { url, secret } });
onCleanup(() => github.stop());
const repository = await github.addRepository({ owner: 'acme', name: 'web' });
const work = await createWorkCopy(join(dir, 'work'), repository.pushUrl);
const first = await work.commit({ 'a.txt': 'a', 'b.txt': 'b' }, 'First');

/** The events that `during` causes. */
async function eventsOf(during: () => Promise<unknown>): Promise<PushPayload[]> {
  const before = received.length;
  await during();
  await github.webhooksSent();
  return received.slice(before).map(({ body }) => parseLossless(body) as PushPayload);
}

afterEach(() => {
  status = 202;
  expect(github.drift()).toEqual([]);
});

describe('a push to the stand-in', () => {
  test('is told with the headers of GitHub, signed over the very bytes', async () => {
    const [push] = await eventsOf(() => work.push());
    expect(push).toMatchObject({
      ref: 'refs/heads/main',
      before: NOTHING,
      after: first,
      created: true,
      head_commit: { id: first },
      pusher: { name: 'octocat' },
      repository: { id: BigInt(repository.id), full_name: 'acme/web' },
      installation: { id: BigInt(repository.installationId) },
    });
    const { headers, body } = received.at(-1) ?? { headers: {}, body: '' };
    expect(headers).toMatchObject({
      'x-github-event': 'push',
      'content-type': 'application/json',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    });
    expect(headers['x-github-delivery']).toBe(github.deliveries().at(-1)?.guid);
  });

  test('tells its commits, oldest first, and what they changed', async () => {
    const second = await work.commit({ 'a.txt': 'A', 'c.txt': 'c' }, 'Second');
    const third = await work.commit({ 'b.txt': null }, 'Third\n\nWith a body.');
    const [push] = await eventsOf(() => work.push());
    expect(push).toMatchObject({ before: first, after: third, created: false, forced: false });
    expect(push?.commits).toMatchObject([
      { id: second, message: 'Second', added: ['c.txt'], modified: ['a.txt'], removed: [] },
      { id: third, message: 'Third\n\nWith a body.', added: [], modified: [], removed: ['b.txt'] },
    ]);
  });

  test('says when it was forced, and when it deleted the branch', async () => {
    await work.git('reset', '--quiet', '--hard', 'HEAD~1');
    const [forced] = await eventsOf(() => work.push({ force: true }));
    expect(forced).toMatchObject({ forced: true, commits: [] });
    await work.push({ ref: 'feature/x' });
    await github.webhooksSent();
    const [deleted] = await eventsOf(() => work.git('push', '--quiet', 'origin', ':refs/heads/feature/x'));
    expect(deleted).toMatchObject({ ref: 'refs/heads/feature/x', deleted: true, after: NOTHING, head_commit: null });
  });

  test('tells up to three tags, and nothing of more', async () => {
    await work.git('tag', 'v1');
    await work.git('tag', '--annotate', '--message', 'two', 'v2');
    const few = await eventsOf(() => work.git('push', '--quiet', '--tags', 'origin'));
    expect(few.map(({ ref }) => ref)).toEqual(['refs/tags/v1', 'refs/tags/v2']);
    for (const name of ['v3', 'v4', 'v5', 'v6']) await work.git('tag', name);
    expect(await eventsOf(() => work.git('push', '--quiet', '--tags', 'origin'))).toEqual([]);
  });

  test('is refused without a password, and then nothing is told', async () => {
    const events = await eventsOf(async () => {
      const plain = await createWorkCopy(join(dir, 'stranger'), repository.cloneUrl);
      await plain.commit({ 'x.txt': 'x' });
      await expect(plain.push({ ref: 'mine' })).rejects.toThrow(/could not read Username/);
    });
    expect(events).toEqual([]);
  });
});

describe('a delivery', () => {
  test('that failed is not sent again by itself; a redelivery keeps its GUID and bytes', async () => {
    status = 503;
    await work.commit({ 'd.txt': 'd' });
    await eventsOf(() => work.push());
    const failed = github.deliveries().at(-1);
    expect(failed).toMatchObject({ statusCode: 503, redelivery: false });
    status = 202;
    const [again] = await eventsOf(() => github.redeliver(failed?.id ?? ''));
    expect(again?.after).toBe(await work.git('rev-parse', 'HEAD'));
    expect(received.at(-1)?.headers['x-github-delivery']).toBe(failed?.guid);
    expect(received.at(-1)?.body).toBe(failed?.request.body);
    expect(github.deliveries().at(-1)).toMatchObject({ guid: failed?.guid, redelivery: true, statusCode: 202 });
  });

  test('gets lost as often as asked', async () => {
    github.dropWebhooks(0.5);
    const events = await eventsOf(async () => {
      for (const name of ['1', '2', '3', '4']) {
        await work.commit({ 'e.txt': name });
        await work.push();
      }
    });
    github.dropWebhooks(0);
    expect(events).toHaveLength(2);
    expect(github.deliveries().filter(({ statusCode }) => statusCode === 0)).toHaveLength(2);
  });
});
