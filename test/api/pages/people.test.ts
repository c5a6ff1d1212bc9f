/** What people decide on pages: in a browser, with the real workflows behind it. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createTemporalDoor } from '../../../api/temporal.ts';
import { startServer, type RunningServer } from '../../../api/server.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { deploymentRequest } from '../../support/simulation/fixtures.ts';
import { askEnvironment } from '../../support/simulation/scene.ts';
import { startWorld, type World } from '../../workflows/world.ts';
import { NO_TEMPORAL, TOKEN, startApi, type Api } from '../harness.ts';
import { KEY, NOON, seedDeployment, seedService } from '../seed.ts';
import { waitingRelease } from '../waiting-release.ts';
import { openTab, type Tab } from './browser.ts';

const EVIL = `<script>alert(1)</script>\u001b[31m\u202Ered`;
const STAGING = '/environments/shop/web/staging';
const PRODUCTION = '/environments/shop/web/production';

let world: World;
let api: Api;
let server: RunningServer;
let tab: Tab;

beforeAll(async () => {
  world = await startWorld({ hosts: ['host-a'] });
  api = await startApi({ address: NO_TEMPORAL, temporal: createTemporalDoor(world.client) });
  await seedService(api.store);
  server = await startServer({ app: api.app, hostname: '127.0.0.1', port: 0 });
  onCleanup(() => server.close());
  tab = await openTab();
  tab.page.setDefaultTimeout(30_000);
  await tab.page.goto(`${server.url}/login`);
  await tab.page.getByLabel('Access token').fill(TOKEN);
  await tab.page.getByRole('button', { name: 'Sign in' }).click();
  await tab.page.getByRole('heading', { name: 'Services' }).waitFor();
});

describe('in a browser', () => {
  test('an environment is locked with a reason; the board and its page say who, why and what waits; then it is unlocked [E9][F2][F6]', async () => {
    const { page } = tab;
    await page.goto(server.url + STAGING);
    const lock = page.locator('form', { has: page.getByRole('heading', { name: 'Lock' }) });
    await lock.getByLabel('Why').fill(EVIL);
    await lock.getByLabel('For how long').fill('2h');
    await lock.getByRole('button', { name: 'Lock' }).click();
    await page.getByText('<script>alert(1)</script> red').waitFor();
    const request = deploymentRequest({ key: { ...KEY, environment: 'staging' }, sequence: 1, hosts: ['host-a'] });
    await askEnvironment(world.client, request);
    await page.getByRole('link', { name: request.deploymentId }).waitFor();

    await page.goto(server.url);
    await page
      .getByText(/locked by ada until/)
      .first()
      .waitFor();
    await page.getByRole('listitem').filter({ hasText: request.deploymentId }).waitFor();

    await page.goto(server.url + STAGING);
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByText('Nothing waits.').waitFor();
    expect(await page.getByRole('button', { name: 'Unlock' }).count()).toBe(0);
    await eventually('it to land', () => world.records.deploymentStates(request.deploymentId).at(-1)?.state === 'live');
  });

  test("somebody else's lock takes force, and says so on the button [E9][F2]", async () => {
    const { page } = tab;
    const key = { ...KEY, environment: 'staging' };
    await api.deps.temporal.lock(key, { by: { kind: 'github', name: 'lea' }, reason: 'a migration', forMs: null });
    await page.goto(server.url + STAGING);
    await page.getByRole('button', { name: 'Unlock by force' }).click();
    await page.getByText('Nothing waits.').waitFor();
    expect(await page.getByText('a migration').count()).toBe(0);
  });

  test('it is paused and resumed [F2]', async () => {
    const { page } = tab;
    await page.goto(server.url + STAGING);
    const pause = page.locator('form', { has: page.getByRole('heading', { name: 'Pause' }) });
    await pause.getByLabel('Why').fill('an incident');
    await pause.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('by ada: an incident').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('by ada: an incident').waitFor({ state: 'detached' });
  });

  test('a deployment is approved with the commit that was seen, with a note, and goes on [A7][A8]', async () => {
    const { page } = tab;
    const { handle, id, commit } = await waitingRelease({ world, api }, 101);
    await page.goto(`${server.url}/deployments/${id}`);
    await page.getByRole('heading', { name: `Approve ${commit.slice(0, 7)}?` }).waitFor();
    expect(await page.locator('input[name=commit]').inputValue()).toBe(commit);
    await page.getByLabel('Note').fill('ship it');
    await page.getByRole('button', { name: 'Approve' }).click();
    expect(await handle.result()).toMatchObject({ outcome: 'completed' });
    expect(world.records.audit).toContainEqual(
      expect.objectContaining({ action: 'approval.approved', actor: 'token:ada', detail: 'by page: ship it' }),
    );
  });

  test('or rejected, and ends [A7]', async () => {
    const { page } = tab;
    const { handle, id } = await waitingRelease({ world, api }, 102);
    await page.goto(`${server.url}/deployments/${id}`);
    await page.getByRole('button', { name: 'Reject' }).click();
    expect(await handle.result()).toMatchObject({ outcome: 'cancelled', failure: { type: 'ApprovalRejected' } });
  });

  test('what was live can be brought back, from its own page and from the list of all [A9]', async () => {
    const { page } = tab;
    const before = await seedDeployment(api.store, { sequence: 11, subject: 'The good one' });
    const current = await seedDeployment(api.store, { sequence: 12, at: NOON + 60_000 });
    await page.goto(`${server.url}/deployments/${current}`);
    await page.getByRole('heading', { name: 'Live', exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Roll back to this' }).count()).toBe(0);

    const asked = () => world.faults.callsOf('admit').map(({ input }) => input);
    for (const path of [`/deployments/${before}`, PRODUCTION]) {
      await page.goto(server.url + path);
      const count = asked().length;
      await page.getByRole('button', { name: /^Roll back/ }).click();
      await eventually('the rollback to be asked for', () => asked().length > count);
      expect(asked().at(-1)).toMatchObject({ kind: 'rollback', environment: 'production', to: before });
      await page.waitForLoadState();
    }
  });

  test('every page of these works on a phone in the dark, without a complaint of the browser [F6]', async () => {
    const { page, complaints } = tab;
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 390, height: 800 });
    for (const path of ['/', STAGING, PRODUCTION, '/deployments/shop.web.production.11']) {
      await page.goto(server.url + path);
      expect([path, await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')]).toEqual([
        path,
        true,
      ]);
    }
    expect(complaints).toEqual([]);
  });
});

describe('forms', () => {
  const send = async (path: string, fields: Record<string, string>) =>
    api.ask(path, { method: 'POST', body: new URLSearchParams(fields) });

  test.each([
    [`${STAGING}/lock`, {}, 422],
    [`${STAGING}/lock`, { reason: 'x', for: 'ever' }, 422],
    [`${STAGING}/lock`, { reason: 'x'.repeat(501) }, 422],
    [`${STAGING}/lock`, { reason: 'x'.repeat(9_000) }, 413],
    [`${STAGING}/unlock`, { force: 'maybe' }, 422],
    [`${STAGING}/pause`, { cause: 'x' }, 422],
    [`${STAGING}/rollback`, { to: '../x' }, 422],
    ['/environments/shop/web/moon/lock', { reason: 'x' }, 404],
    ['/environments/shop/web/%00/lock', { reason: 'x' }, 404],
    ['/deployments/shop.web.production.101/approve', { commit: 'HEAD' }, 422],
    ['/deployments/shop.web.production.999/approve', {}, 404],
    ['/releases/shop.web.999/retry', {}, 404],
  ])('POST %s is refused before anybody is asked (%#) [F6]', async (path, fields, status) => {
    expect((await send(path, fields as Record<string, string>)).status).toBe(status);
  });

  test('that another site sends along with the cookie are 403 [F6][B6]', async () => {
    const own = { 'sec-fetch-site': 'same-origin' };
    const body = new URLSearchParams({ token: TOKEN });
    const login = await api.app.request('/login', { method: 'POST', body, headers: own }, {});
    const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const headers = { cookie, 'sec-fetch-site': 'cross-site' };
    for (const path of [`${STAGING}/resume`, `${STAGING}/rollback`, '/deployments/shop.web.production.101/approve']) {
      expect([path, (await api.app.request(path, { method: 'POST', headers }, {})).status]).toEqual([path, 403]);
    }
  });
});
