/** People decide on pages: in a browser, with the real workflows behind it. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createTemporalGateway } from '../../../api/temporal/gateway.ts';
import { startServer, type RunningServer } from '../../../api/server.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import { deploymentWorkflowId } from '../../../contracts/core/ids.ts';
import { recordDeployment } from '../../../store/queries/record-deployment.ts';
import { recordRelease } from '../../../store/queries/record-release.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { fails, holdDeployment } from '../../support/simulation/faults.ts';
import { deploymentRequest, releaseInput } from '../../support/simulation/fixtures.ts';
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
  api = await startApi({ address: NO_TEMPORAL, temporal: createTemporalGateway(world.client) });
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

/** A deployment that stands at its first step; a failed step waits for a person. */
async function runningDeployment(sequence: number) {
  const key = { ...KEY, environment: 'staging' };
  const usual = deploymentRequest({ key, sequence, hosts: ['host-a'] });
  const run = { ...usual.settings.run, release: { command: ['migrate'], timeoutMs: 5_000 } };
  const environment = { ...usual.environment, onFailure: { waitMs: 600_000 } };
  const request = { ...usual, environment, settings: { ...usual.settings, run } };
  const { deploymentId: id } = request;
  await recordRelease(api.store.db, releaseInput({ key: KEY, sequence, environments: [] }));
  await recordDeployment(api.store.db, { request, at: NOON });
  const first = holdDeployment(world.faults, id);
  await askEnvironment(world.client, request);
  await first.arrived;
  return { id, first, result: () => world.client.workflow.getHandle(deploymentWorkflowId(id)).result() };
}

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

  test('it shows visitors a page with a reason; the board says so from across the room; then it answers again [B18][F2][F6]', async () => {
    const { page } = tab;
    await page.goto(server.url + STAGING);
    const form = page.locator('form', { has: page.getByRole('heading', { name: 'Maintenance' }) });
    await form.getByLabel('Why, for visitors').fill(EVIL);
    await form.getByLabel('For how long').fill('2h');
    await form.getByRole('button', { name: 'Show the page' }).click();
    await page.getByText(/visitors get a page until .* by ada/).waitFor();
    expect(world.hosts.get('host-a')?.page({ ...KEY, environment: 'staging' })?.reason).toBe(EVIL);

    await page.goto(server.url);
    await page.getByText(/visitors get a page until .* by ada/).waitFor();
    await page.goto(server.url + STAGING);
    await page.getByRole('button', { name: 'End maintenance' }).click();
    await page.getByText(/visitors get a page/).waitFor({ state: 'detached' });
    expect(world.hosts.get('host-a')?.page({ ...KEY, environment: 'staging' })).toBeNull();
  });

  test("somebody else's lock takes force, says so on the button, and is asked about once more [E9][F2]", async () => {
    const { page } = tab;
    const key = { ...KEY, environment: 'staging' };
    await api.deps.temporal.lock(key, { by: { kind: 'github', name: 'lea' }, reason: 'a migration', forMs: null });
    await page.goto(server.url + STAGING);
    await page.getByRole('button', { name: 'Unlock by force …' }).click();
    await page.getByText('lea has locked it: a migration').waitFor();
    await page.getByRole('button', { name: 'Unlock by force', exact: true }).click();
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
    await page.getByRole('heading', { name: `Approve ${commit.slice(0, 7)} for production?` }).waitFor();
    const form = page.locator('form.decision');
    const facts = Object.fromEntries(
      await Promise.all(
        (await form.locator('dt').all()).map(async (dt) => [
          await dt.innerText(),
          await dt.locator('xpath=following-sibling::dd[1]').innerText(),
        ]),
      ),
    ) as Record<string, string>;
    expect(facts).toMatchObject({
      Changes: expect.stringContaining(commit.slice(0, 7)),
      'May decide': expect.stringContaining('token:ada'),
      'Approved by': expect.stringMatching(/^0 of 1/),
      Until: expect.stringMatching(/ UTC$/),
    });
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

  test('a deployment is paused with a reason, and resumed [F2][A8]', async () => {
    const { page } = tab;
    const { id, first, result } = await runningDeployment(201);
    await page.goto(`${server.url}/deployments/${id}`);
    await page.getByLabel('Why').fill(EVIL);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText(/by ada: <script>alert\(1\)<\/script> red \(once its step has ended\)/).waitFor();
    first.goOn();
    await page.getByText(/then it is taken back/).waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    expect(await result()).toMatchObject({ outcome: 'live' });
    expect(world.records.audit.map(({ action, actor }) => [action, actor])).toEqual(
      expect.arrayContaining([
        ['deployment.pause', 'token:ada'],
        ['deployment.resume', 'token:ada'],
      ]),
    );
  });

  test('a failed step that waits is retried from the page, which says what failed; Enter decides nothing [F2][A8]', async () => {
    const { page } = tab;
    const { id, first, result } = await runningDeployment(202);
    const mend = world.faults.add({
      ...{ activity: 'runOnce', only: ({ input }) => JSON.stringify(input).includes(`"${id}"`) },
      act: fails(FailureType.ReleaseCommandFailed, `exited with code 3: ${EVIL}`),
    });
    first.goOn();
    await page.goto(`${server.url}/deployments/${id}`);
    await page.getByText('on host-a: exited with code 3: <script>alert(1)</script> red').waitFor();
    await page.getByRole('heading', { name: 'Halted: a step has failed, and a person has to decide' }).waitFor();
    expect(await page.locator('.headline .badge').innerText()).toBe('halted');
    const board = (await (await api.ask('/', { headers: { accept: 'text/html' } })).text()).replaceAll(/\s+/g, ' ');
    expect(board).toMatch(new RegExp(`href="/deployments/${id}"><span class="badge bad">halted</span>`));
    expect(board).toMatch(new RegExp(`<span class="badge bad">halted</span> <a href="/deployments/${id}">`));
    expect(await page.getByRole('button', { name: /^(?:Retry|Skip|Abort)$/ }).allInnerTexts()).toEqual([
      'Retry',
      'Skip',
      'Abort',
    ]);
    mend();
    await page.getByLabel('Why').fill('the table is there now');
    await page.getByLabel('Why').press('Enter');
    await page.getByRole('button', { name: 'Retry' }).click();
    expect(await result()).toMatchObject({ outcome: 'live' });
    const asked = world.records.audit.filter(({ subject }) => subject === id);
    expect(asked).toMatchObject([
      { action: 'deployment.step.retry', actor: 'token:ada', detail: 'release on host-a: the table is there now' },
    ]);
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
      // One click changes nothing: the page says what runs and what would.
      await page.getByRole('heading', { name: /^Roll production back to / }).waitFor();
      await page.getByText('The good one').waitFor();
      expect(asked()).toHaveLength(count);
      await page.getByRole('button', { name: /^Roll production back to / }).click();
      await eventually('the rollback to be asked for', () => asked().length > count);
      expect(asked().at(-1)).toMatchObject({ kind: 'rollback', environment: 'production', to: before });
      await page.waitForLoadState();
    }
  });

  test('what is live in the environment before is promoted; nothing is offered where nothing comes before [A6]', async () => {
    const { page } = tab;
    const offer = page.getByRole('button', { name: 'Promote' });
    await page.goto(server.url + PRODUCTION);
    await page.getByRole('heading', { name: 'Roll back' }).waitFor();
    expect(await offer.count()).toBe(0);

    await seedDeployment(api.store, { sequence: 21, environment: 'staging', at: NOON + 120_000 });
    await page.goto(server.url + STAGING);
    await page.getByRole('heading', { name: 'Roll back' }).waitFor();
    expect(await offer.count()).toBe(0);
    await page.goto(server.url + PRODUCTION);
    await page.getByText('Brings what is live in staging').waitFor();
    await offer.click();
    await page.getByRole('button', { name: /^Promote [0-9a-f]{7} to production$/ }).click();
    const asked = () => world.faults.callsOf('admit').map(({ input }) => input);
    await eventually('the promotion to be asked for', () => JSON.stringify(asked().at(-1)).includes('"promote"'));
    expect(asked().at(-1)).toMatchObject({
      kind: 'promote',
      ...KEY,
      environment: 'production',
      actor: { name: 'ada' },
    });
    await page.waitForLoadState();
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

test.each([
  [`${PRODUCTION}/rollback?to=shop.web.production.999`, 'No such version was live in production before.'],
  [`${PRODUCTION}/rollback`, 'No such version was live in production before.'],
  [`${STAGING}/promote`, 'Nothing can be promoted to staging now.'],
])('GET %s asks nothing, and says why [F6]', async (path, why) => {
  const answer = await api.ask(path, { headers: { accept: 'text/html' } });
  expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining(why)]);
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
    [`${PRODUCTION}/promote`, { from: 'staging' }, 422],
    ['/environments/shop/web/moon/promote', {}, 404],
    ['/environments/shop/web/moon/lock', { reason: 'x' }, 404],
    ['/environments/shop/web/%00/lock', { reason: 'x' }, 404],
    ['/deployments/shop.web.production.101/approve', { commit: 'HEAD' }, 422],
    ['/deployments/shop.web.production.999/approve', {}, 404],
    ['/releases/shop.web.999/retry', {}, 404],
    ['/deployments/shop.web.production.999/pause', { reason: 'x' }, 404],
    ['/deployments/shop.web.production.101/pause', {}, 422],
    ['/deployments/shop.web.production.101/pause', { reason: 'x'.repeat(9_000) }, 413],
    ['/deployments/shop.web.production.101/resume', {}, 409],
    ['/deployments/shop.web.production.101/steps/release/retry', {}, 422],
    ['/deployments/shop.web.production.101/steps/coffee/retry', { reason: 'x' }, 404],
  ])('POST %s is refused before anybody is asked (%#) [F6]', async (path, fields, status) => {
    expect((await send(path, fields as Record<string, string>)).status).toBe(status);
  });

  test('that another site sends along with the cookie are 403 [F6][B6]', async () => {
    const own = { 'sec-fetch-site': 'same-origin' };
    const body = new URLSearchParams({ token: TOKEN });
    const login = await api.app.request('/login', { method: 'POST', body, headers: own }, {});
    const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const headers = { cookie, 'sec-fetch-site': 'cross-site' };
    const deployment = '/deployments/shop.web.production.101';
    for (const path of [
      `${STAGING}/resume`,
      `${STAGING}/rollback`,
      `${PRODUCTION}/promote`,
      `${deployment}/approve`,
      `${deployment}/pause`,
      `${deployment}/steps/release/skip`,
    ]) {
      expect([path, (await api.app.request(path, { method: 'POST', headers }, {})).status]).toEqual([path, 403]);
    }
  });
});
