/** Puts a small image into a registry over its own HTTP API, as a CI system's tool would: no engine needed. */
import { createHash } from 'node:crypto';

interface ImageOptions {
  /** HOST:PORT, plain HTTP. */
  readonly registry: string;
  readonly name: string;
  readonly tag: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Two images that differ in it have different digests. */
  readonly author?: string;
}

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** @returns the image's digest */
export async function putImage({ registry, name, tag, labels = {}, author = '' }: ImageOptions): Promise<string> {
  const base = `http://${registry}/v2/${name}`;
  const rootfs = { type: 'layers', diff_ids: [] };
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', author, config: { Labels: labels }, rootfs });
  const upload = await expectOk(fetch(`${base}/blobs/uploads/`, { method: 'POST' }));
  const location = new URL(upload.headers.get('location') ?? '', base);
  location.searchParams.set('digest', sha256(config));
  const headers = { 'content-type': 'application/octet-stream' };
  await expectOk(fetch(location, { method: 'PUT', body: config, headers }));

  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', size: config.length, digest: sha256(config) },
    layers: [],
  });
  const put = { method: 'PUT', body: manifest, headers: { 'content-type': mediaType } };
  await expectOk(fetch(`${base}/manifests/${tag}`, put));
  return sha256(manifest);
}

async function expectOk(answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
  return response;
}
