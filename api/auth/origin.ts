import type { Context } from 'hono';

/**
 * True when a page of ours sent this. `Sec-Fetch-Site` is set by the browser and cannot be set by a page (W3C, Fetch
 * Metadata); browsers that lack it send `Origin` with every unsafe request.
 *
 * Written by hand, not `hono/csrf`: that lets a request pass when either header is right, and looks at those of forms
 * only. Here `Sec-Fetch-Site` decides wherever it was sent, for every unsafe request that a cookie opens.
 *
 * @param publicUrl - our address for people, with scheme: a page over plain HTTP is not one of an https site
 */
export function isOwnOrigin(c: Context, publicUrl: string): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  const sent = c.req.header('origin');
  if (sent === undefined || !URL.canParse(sent)) return false;
  const [origin, own] = [new URL(sent), new URL(publicUrl)];
  if (origin.origin === own.origin) return true;
  // Without the proxy in front, such as from the machine itself: our own listener speaks plain HTTP.
  const host = c.req.header('host') ?? new URL(c.req.url).host;
  return origin.protocol === 'http:' && origin.host === host && !(own.protocol === 'https:' && own.host === host);
}
