import type { Context } from 'hono';

/**
 * Whether a page of ours sent this. `Sec-Fetch-Site` is set by the browser and cannot be set by a page (W3C,
 * Fetch Metadata); browsers that lack it send `Origin` with every unsafe request.
 */
export function isOwnOrigin(c: Context): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  const origin = c.req.header('origin');
  if (origin === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === (c.req.header('host') ?? new URL(c.req.url).host);
}
