import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createAttempts } from '../auth/attempts.ts';
import { isOwnOrigin } from '../auth/origin.ts';
import { clientAddress } from '../auth/client-address.ts';
import { closeSession, openSession, type SessionDeps } from '../auth/session.ts';
import { findToken } from '../auth/tokens.ts';
import type { ApiDeps, ApiEnv } from '../deps.ts';
import { parseForm } from '../http/form.ts';
import { HttpProblem } from '../http/problem.ts';
import { layout } from './layout.ts';
import { loginPage } from './login.ts';

const MAX_FORM_BYTES = 8 * 1024;

/** `GET` and `POST /login`, `POST /logout`. */
export function loginRoutes(deps: SessionDeps & Pick<ApiDeps, 'logger' | 'trustedProxies'>): Hono<ApiEnv> {
  const attempts = createAttempts();

  const app = new Hono<ApiEnv>();
  app.get('/login', (c) => showLogin(c, 200, ownPath(c.req.query('next'))));
  app.post('/login', bodyLimit({ maxSize: MAX_FORM_BYTES }), async (c) => {
    // Or another site could sign a visitor in as another person.
    if (!isOwnOrigin(c, deps.publicUrl)) throw new HttpProblem(403, 'CrossSite', 'Sign in on the page of this site.');
    const address = clientAddress(c, deps.trustedProxies);
    const attempt = attempts.begin(address);
    const form = await parseForm(c);
    const next = ownPath(form['next']);
    const token = typeof form['token'] === 'string' ? findToken(deps.tokens(), form['token'].trim()) : undefined;
    if (!token) {
      deps.logger.warn({ address }, 'a sign-in with an unknown access token');
      if (attempt.retryAfterS === 0) return showLogin(c, 401, next, 'This access token is not known here.');
      const detail = `Too many failed attempts. Try again in ${attempt.retryAfterS} s.`;
      throw new HttpProblem(429, 'TooManyAttempts', detail, { 'retry-after': String(attempt.retryAfterS) });
    }
    // A right token is never locked out: one guesser would lock out all people behind the same address.
    attempt.succeeded();
    await openSession(c, deps, token);
    return c.redirect(next, 303);
  });
  app.post('/logout', async (c) => {
    await closeSession(c, deps);
    return c.redirect('/login', 303);
  });
  return app;
}

/** The login page in place of the requested one, or on its own. */
export function showLogin(c: Context<ApiEnv>, status: 200 | 401, next: string, wrong?: string) {
  return c.html(layout({ title: 'Sign in', main: loginPage(next, wrong) }), status, { 'cache-control': 'no-store' });
}

/** A path of ours to go on to; the front page for anything that could lead elsewhere. */
export function ownPath(next: unknown): string {
  const base = 'http://own.invalid';
  if (typeof next !== 'string' || !next.startsWith('/') || !URL.canParse(next, base)) return '/';
  const url = new URL(next, base);
  // Dot segments are gone by now: `/.//host` has become `//host`, which a browser takes for another site.
  return url.origin === base && !url.pathname.startsWith('//') ? url.pathname + url.search : '/';
}
