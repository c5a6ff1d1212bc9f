import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { startRegistry } from '../../infra/dev/registry.ts';
import { onCleanup } from '../support/cleanup.ts';
import { tempDir } from '../support/tmp.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

const start = async (dir: string, port?: number) => {
  const registry = await startRegistry({ dir, ...(port !== undefined && { port }) });
  onCleanup(registry.stop);
  return { ...registry, url: `http://${registry.address}/v2` };
};

/** Uploads an image with an empty layer list and answers its digest. */
async function pushEmptyImage(url: string, repository: string, tag: string): Promise<string> {
  const config = '{}';
  const digest = `sha256:${createHash('sha256').update(config).digest('hex')}`;
  const begun = await fetch(`${url}/${repository}/blobs/uploads/`, { method: 'POST' });
  const upload = new URL(begun.headers.get('location') ?? '');
  upload.searchParams.set('digest', digest);
  const put = { method: 'PUT', headers: { 'content-type': 'application/octet-stream' }, body: config };
  expect((await fetch(upload, put)).status).toBe(201);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length },
    layers: [],
  });
  const answer = await fetch(`${url}/${repository}/manifests/${tag}`, {
    method: 'PUT',
    headers: { 'content-type': MANIFEST },
    body: manifest,
  });
  expect(answer.status).toBe(201);
  return answer.headers.get('docker-content-digest') ?? '';
}

describe('the registry', () => {
  test('keeps what was pushed over a restart, and lets it be deleted by digest [B8][B14]', async () => {
    const dir = tempDir();
    const first = await start(dir);
    const digest = await pushEmptyImage(first.url, 'infra/kept', 'v1');
    await first.stop();
    const { url } = await start(dir, Number(first.address.split(':')[1]));
    const get = () => fetch(`${url}/infra/kept/manifests/v1`, { headers: { accept: MANIFEST } });
    expect((await get()).headers.get('docker-content-digest')).toBe(digest);
    expect((await fetch(`${url}/infra/kept/manifests/${digest}`, { method: 'DELETE' })).status).toBe(202);
    expect((await get()).status).toBe(404);
    expect(readdirSync(dir).sort()).toEqual(['images', 'registry.log', 'registry.yml']);
  });

  test('cannot be reached by any other address of this machine [B16]', async () => {
    const { address } = await start(tempDir());
    const port = address.split(':')[1] ?? '';
    const outside = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
      .map((one) => one.address);
    for (const other of outside) await expect(fetch(`http://${other}:${port}/v2/`)).rejects.toThrow('fetch failed');
    expect((await fetch(`http://127.0.0.1:${port}/v2/`)).status).toBe(200);
  });

  test('says what is wrong when its port is taken [F5]', async () => {
    const { address } = await start(tempDir());
    const taken = startRegistry({ dir: tempDir(), port: Number(address.split(':')[1]) });
    await expect(taken).rejects.toThrow(/address already in use/);
  });
});
