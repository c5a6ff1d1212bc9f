import { Hono } from 'hono';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ApiEnv } from '../deps.ts';
import { notFound } from '../http/problem.ts';

interface Asset {
  readonly content: string;
  readonly type: string;
  readonly etag: string;
}

const own = (name: string) => new URL(`./assets/${name}`, import.meta.url);

/** Everything that a page loads, from our own origin. Read once, when the app is made. */
export function assetRoutes(): Hono<ApiEnv> {
  const { resolve } = createRequire(import.meta.url);
  const assets = new Map<string, Asset>(
    (
      [
        ['style.css', own('style.css'), 'text/css; charset=utf-8'],
        ['live-log.js', own('live-log.js'), 'text/javascript; charset=utf-8'],
        ['icon.svg', own('icon.svg'), 'image/svg+xml'],
        ['htmx.js', resolve('htmx.org/dist/htmx.min.js'), 'text/javascript; charset=utf-8'],
        ['idiomorph.js', resolve('idiomorph/dist/idiomorph-ext.min.js'), 'text/javascript; charset=utf-8'],
      ] as const
    ).map(([name, file, type]) => {
      const content = readFileSync(file, 'utf8');
      const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
      return [name, { content, type, etag }];
    }),
  );

  const app = new Hono<ApiEnv>();
  app.get('/:file', (c) => {
    const asset = assets.get(c.req.param('file'));
    if (!asset) throw notFound('There is no such file.');
    // Browsers ask each time and get a 304: an update of Landfall shows at once.
    const headers = { etag: asset.etag, 'cache-control': 'no-cache' };
    if (c.req.header('if-none-match') === asset.etag) return c.body(null, 304, headers);
    return c.body(asset.content, 200, { ...headers, 'content-type': asset.type });
  });
  return app;
}
