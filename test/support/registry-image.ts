/** Puts a small image into a registry over its own HTTP API, as a CI system's tool would: no engine needed. */
import { sha256, type Layer } from './image-layer.ts';

interface ImageOptions {
  /** HOST:PORT, plain HTTP. */
  readonly registry: string;
  readonly name: string;
  readonly tag: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Two images that differ in it have different digests. */
  readonly author?: string;
  /** More of the image's `config`, as Docker writes it. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly layers?: readonly Layer[];
  /** Only Docker's own has a HEALTHCHECK. `oci` by default. */
  readonly format?: keyof typeof MEDIA_TYPES;
}

const MEDIA_TYPES = {
  oci: {
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const;
/** Node's name for the processor, where images have another. */
const ARCHITECTURES: Readonly<Partial<Record<NodeJS.Architecture, string>>> = { x64: 'amd64' };

/** @returns the image's digest */
export async function putImage({
  registry,
  name,
  tag,
  labels = {},
  author = '',
  config: settings = {},
  layers = [],
  format = 'oci',
}: ImageOptions): Promise<string> {
  const base = `http://${registry}/v2/${name}`;
  const types = MEDIA_TYPES[format];
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
  const architecture = ARCHITECTURES[process.arch] ?? process.arch;
  const config = Buffer.from(
    JSON.stringify({ architecture, os: 'linux', author, config: { Labels: labels, ...settings }, rootfs }),
  );
  for (const blob of [...layers.map((layer) => layer.blob), config]) await putBlob(base, blob);

  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, size: config.length, digest: sha256(config) },
    layers: layers.map(({ blob, digest }) => ({ mediaType: types.layer, size: blob.length, digest })),
  });
  const put = { method: 'PUT', body: manifest, headers: { 'content-type': types.manifest } };
  await expectOk(fetch(`${base}/manifests/${tag}`, put));
  return sha256(manifest);
}

async function putBlob(base: string, blob: Buffer): Promise<void> {
  const digest = sha256(blob);
  const there = await fetch(`${base}/blobs/${digest}`, { method: 'HEAD' });
  if (there.ok) return;
  const upload = await expectOk(fetch(`${base}/blobs/uploads/`, { method: 'POST' }));
  const location = new URL(upload.headers.get('location') ?? '', base);
  location.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  await expectOk(fetch(location, { method: 'PUT', body: Uint8Array.from(blob), headers }));
}

async function expectOk(answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
  return response;
}
