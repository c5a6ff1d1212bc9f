/** A registry of the test's own with one image under every name, which fails as it is bidden. Plain HTTP, read only. */
import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onCleanup } from './cleanup.ts';

/** A status for everything; one for contents only; a connection that ends too early. */
export type RegistryFault = number | 'blobs-503' | 'cut';

const sha256 = (content: string | Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;
/** An empty tar archive. */
const LAYER = Buffer.alloc(1024);
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

function image(author: string) {
  const rootfs = { type: 'layers', diff_ids: [sha256(LAYER)] };
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', author, config: {}, rootfs }));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', size: config.length, digest: sha256(config) },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', size: LAYER.length, digest: sha256(LAYER) }],
    }),
  );
  return { config, manifest, digest: sha256(manifest) };
}

export async function startFaultyRegistry() {
  let fault: RegistryFault | undefined;
  let current = image('first');
  const blob = (answer: ServerResponse, url: string) => {
    const body = url.endsWith(sha256(LAYER)) ? LAYER : current.config;
    if (fault === 'blobs-503') answer.writeHead(503).end();
    else if (fault === 'cut') {
      answer.writeHead(200, { 'content-length': body.length });
      answer.write(body.subarray(0, 10), () => answer.destroy());
    } else answer.writeHead(200, { 'content-length': body.length }).end(body);
  };
  const server = createServer(({ url = '', method }, answer) => {
    if (typeof fault === 'number') answer.writeHead(fault).end();
    else if (url.includes('/blobs/')) blob(answer, url);
    else if (url.includes('/manifests/')) {
      answer.writeHead(200, { 'content-type': MANIFEST, 'docker-content-digest': current.digest });
      answer.end(method === 'HEAD' ? undefined : current.manifest);
    } else answer.writeHead(200).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: (how: RegistryFault | undefined) => void (fault = how),
    digest: () => current.digest,
    /** Puts another image under every name. */
    replace: (author: string) => void (current = image(author)),
  };
}
