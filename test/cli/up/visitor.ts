/** A visitor who uses a deployed service all the time, and a host that pulls an image slowly. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { createProxy } from '../../../activities/targets/podman/proxy/proxy.ts';
import { HostSettings } from '../../../contracts/config/host.ts';
import { freePort } from '../../../infra/dev/process.ts';
import type { PodmanHost } from '../../../infra/dev/podman-host.ts';
import { PORT, publish } from '../../activities/targets/images.ts';
import { testRegistry } from '../../support/registry.ts';

const EVERY_MS = 40;
const Auths = z.object({ auths: z.record(z.string(), z.object({ auth: z.string() })) });

/** Asks 25 times a second, each time with a connection of its own, however long the answers take. */
export function visit(url: string) {
  const asked: Promise<string>[] = [];
  const leaving = new AbortController();
  const ask = () =>
    fetch(url, { headers: { connection: 'close' } }).then(
      async (answer) => (await answer.text()).trim(),
      (error: unknown) => `failed: ${String(error instanceof Error ? (error.cause ?? error) : error)}`,
    );
  const visits = (async () => {
    while (!leaving.signal.aborted) {
      asked.push(ask());
      await delay(EVERY_MS);
    }
  })();
  return {
    asked: () => asked.length,
    /** @returns the answers of all that time */
    leave: async () => {
      leaving.abort();
      await visits;
      return new Set(await Promise.all(asked));
    },
  };
}

export const proxyOf = (dir: string) => {
  const [host] = z.array(HostSettings).parse(JSON.parse(readFileSync(join(dir, 'hosts.json'), 'utf8')));
  if (!host?.proxy) throw new Error('It has no proxy.');
  return host.proxy;
};

/** A container behind the proxy of `landfall up`, as a deployment puts it there. */
export async function serve(dir: string, podman: PodmanHost) {
  const image = await publish({ repository: `${testRegistry()}/up/web`, version: 'one' });
  const [port, containerPort] = [await freePort(), await freePort()];
  const { stdout } = await podman.podman(['run', '--detach', '--publish', `127.0.0.1:${containerPort}:${PORT}`, image]);
  const entrance = { id: 'shop.web.production', address: '127.0.0.1', port, mode: 'http' } as const;
  await createProxy(proxyOf(dir)).route(entrance, containerPort);
  const container = stdout.trim();
  return {
    url: `http://127.0.0.1:${port}/`,
    /** The start of its process. */
    runsSince: async () =>
      (await podman.podman(['inspect', '--format', '{{.State.StartedAt}} {{.State.Running}}', container])).stdout,
  };
}

/** A layer of 32 MB on its way out of the registry: it has begun, and goes on when it is read. */
export async function pullSlowly(dir: string, registry: string) {
  const { auths } = Auths.parse(JSON.parse(readFileSync(join(dir, 'registry-auth.json'), 'utf8')));
  const authorization = `Basic ${auths[registry]?.auth ?? ''}`;
  const bytes = randomBytes(32 * 1024 * 1024);
  const digestOf = (hash: ReturnType<typeof createHash>) => `sha256:${hash.digest('hex')}`;
  const digest = digestOf(createHash('sha256').update(bytes));
  const blobs = `http://${registry}/v2/shop/layer/blobs`;
  const begun = await fetch(`${blobs}/uploads/`, { method: 'POST', headers: { authorization } });
  const upload = new URL(begun.headers.get('location') ?? '');
  upload.searchParams.set('digest', digest);
  const headers = { authorization, 'content-type': 'application/octet-stream' };
  await fetch(upload, { method: 'PUT', headers, body: new Uint8Array(bytes) });
  const [answer] = (await once(
    get(`${blobs}/${digest}`, { agent: false, headers: { authorization } }),
    'response',
  )) as [IncomingMessage];
  answer.pause();
  return {
    isWhole: async () => {
      const hash = createHash('sha256');
      for await (const part of answer) hash.update(part as Buffer);
      return digestOf(hash) === digest;
    },
  };
}
