import { beforeAll, describe, expect, test } from '@jest/globals';
import { NO_TEMPORAL, startApi, type Api } from '../harness.ts';
import { recordDeploymentState } from '../../../store/queries/record-deployment.ts';
import { sha, tellDeployment, tellProject } from '../../store/support/told.ts';
import { recordRelease } from '../../../store/queries/record-release.ts';
import { releaseInput } from '../../support/simulation/fixtures.ts';
import { KEY, NOON, seedDeployment, seedService } from '../seed.ts';

const EVIL = `<script>alert(1)</script><img src=x onerror=alert(2)>"'>\u001b[31mred\u001b[0m\u202Egnp.exe`;

let api: Api;

beforeAll(async () => {
  api = await startApi({ address: NO_TEMPORAL });
});

async function page(path: string): Promise<string> {
  const response = await api.ask(path, { headers: { accept: 'text/html' } });
  expect([path, response.status, response.headers.get('content-type')]).toEqual([
    path,
    200,
    'text/html; charset=UTF-8',
  ]);
  return response.text();
}

describe('pages', () => {
  test('an empty Landfall says how to begin [F6]', async () => {
    expect(await page('/')).toContain('Nothing has been deployed yet');
    expect(await page('/deliveries')).toContain('None has arrived');
  });

  test('the board shows what is live where, and the latest deployments [F6][A9]', async () => {
    await seedService(api.store);
    await seedDeployment(api.store, { sequence: 1, environment: 'staging', subject: 'Sell shoes' });
    const board = await page('/');
    expect(board).toMatch(/staging[\s\S]*href="\/deployments\/shop\.web\.staging\.1"/);
    expect(board).toMatch(/production[\s\S]*nothing yet/);
    expect(board).toContain('Sell shoes');
  });

  test('a deployment that moves fetches itself again and can be cancelled; an ended one does neither [A3][F6]', async () => {
    const id = await seedDeployment(api.store, { sequence: 2, state: 'switching' });
    const moving = await page(`/deployments/${id}`);
    expect(moving).toContain(`hx-get="/deployments/${id}"`);
    expect(moving).toContain(`action="/deployments/${id}/cancel"`);
    expect(moving).toContain('Switching to the new version');
    await recordDeploymentState(api.store.db, { deploymentId: id, state: 'cancelled', at: NOON + 20_000 });
    const ended = await page(`/deployments/${id}`);
    expect(ended).not.toMatch(/hx-get|cancel"/);
  });

  test('a failed one says what failed and what that means for what ran before [F6][A9]', async () => {
    const failure = { type: 'Unhealthy', message: 'GET /healthz answered 500' } as const;
    const id = await seedDeployment(api.store, { sequence: 3, state: 'rolled_back', failure });
    const text = await page(`/deployments/${id}`);
    expect(text).toContain('what ran before is running again');
    expect(text).toContain('GET /healthz answered 500');
    expect(await page('/releases/shop.web.3')).toContain('Did not land');
  });

  test('the board shows what is being built [F6][B12]', async () => {
    await recordRelease(api.store.db, {
      ...releaseInput({ key: KEY, sequence: 90, environments: [] }),
      subject: 'Being built',
    });
    expect(await page('/')).toMatch(/<h2>Builds<\/h2>[\s\S]*href="\/releases\/shop\.web\.90"[\s\S]*Being built/);
  });

  test('what is live is told from what was [A9]', async () => {
    const before = await seedDeployment(api.store, { sequence: 4 });
    await seedDeployment(api.store, { sequence: 5, at: NOON + 60_000 });
    expect(await page(`/deployments/${before}`)).toContain('Was live');
    expect(await page('/deployments/shop.web.production.5')).toContain('<h1>Live</h1>');
    expect(await page('/releases/shop.web.4')).toContain('was live');
  });

  test('a deployment and its environment show the artefact, what built it, and the commits from what was live before [A9]', async () => {
    const there = await startApi({ address: NO_TEMPORAL });
    await tellProject(there.store.db, 'shop');
    const first = await tellDeployment(there.store.db, 'shop', { sequence: 1 });
    const second = await tellDeployment(there.store.db, 'shop', { sequence: 2 });
    const environment = '/environments/shop/web/production';
    const text = async (path: string) => (await there.ask(path, { headers: { accept: 'text/html' } })).text();
    const link = (range: string) => `href="https://git.example/acme/repository-1/compare/${range}"`;
    const [before, now] = [sha(1), sha(2)].map((commit) => commit.slice(0, 7));

    for (const path of [`/deployments/${second}`, environment]) {
      const shown = await text(path);
      expect(shown).toContain(`${before} → ${now}`);
      expect(shown).toContain(link(`${sha(1)}...${sha(2)}`));
      expect(shown).toMatch(/sha256:000000000002<\/span>\s+by railpack/);
    }
    const shownFirst = await text(`/deployments/${first}`);
    expect(shownFirst).toContain('the first one here');
    expect(shownFirst).not.toContain('/compare/');

    const back = await tellDeployment(there.store.db, 'shop', { sequence: 3, content: 1, rollbackTo: first });
    for (const path of [`/deployments/${back}`, environment]) {
      const shown = await text(path);
      expect(shown).toContain(`back from ${now} to ${before}`);
      expect(shown).toContain(link(`${sha(1)}...${sha(2)}`));
    }
    const never = { sequence: 4, state: 'superseded', generation: null } as const;
    expect(await text(`/deployments/${await tellDeployment(there.store.db, 'shop', never)}`)).toContain(
      'ended before it began',
    );
  });

  test('a build shows when it was in which state, and where [B5]', async () => {
    const build = await page('/builds/shop.web.1');
    expect(build).toMatch(/Built on[^]*node:24 (?:sha256:)?ba5e/);
    for (const word of ['claimed', 'cloning', 'pushing', 'builder-1', 'dockerfile']) expect(build).toContain(word);
    expect(build).toContain('data-log="/api/logs/build-shop.web.1?follow=1"');
  });

  test('words of other people are shown, never run [F6]', async () => {
    const id = await seedDeployment(api.store, {
      sequence: 6,
      state: 'rollback_failed',
      subject: EVIL,
      actor: EVIL,
      detail: EVIL,
      failure: { type: 'RollbackFailed', message: EVIL },
      leftovers: [EVIL],
      urls: [
        'javascript:alert(3)',
        'data:text/html,<script>alert(4)</script>',
        'https://shop.test/"onmouseover="alert(5)',
      ],
    });
    for (const path of [`/deployments/${id}`, '/releases/shop.web.6', '/']) {
      const text = await page(path);
      expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
      expect(text).not.toMatch(/<script>|<img src=x|href="(?:javascript|data):|"onmouseover|\u001b|\u202E/);
    }
  });

  test('every page comes with a policy that lets only our own files in [F6]', async () => {
    const { headers } = await api.ask('/');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('what a page loads is there without signing in, and asked for again it is 304 [F6]', async () => {
    for (const file of ['style.css', 'live-log.js', 'htmx.js', 'idiomorph.js', 'icon.svg']) {
      const response = await api.app.request(`/assets/${file}`, {}, {});
      expect([file, response.status]).toEqual([file, 200]);
      const etag = response.headers.get('etag') ?? '';
      const again = await api.app.request(`/assets/${file}`, { headers: { 'if-none-match': etag } }, {});
      expect([file, again.status]).toEqual([file, 304]);
    }
    expect((await api.app.request('/assets/..%2fassets.ts', {}, {})).status).toBe(404);
  });

  test('something that is not there is a page, too [F6]', async () => {
    const response = await api.ask('/deployments/nobody', { headers: { accept: 'text/html' } });
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('no such deployment')]);
  });
});
