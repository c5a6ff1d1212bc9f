import { beforeAll, describe, expect, test } from '@jest/globals';
import { startServer, type RunningServer } from '../../../api/server.ts';
import { type LogLine, logStream } from '../../../contracts/deployment/logs.ts';
import { keepLogs } from '../../support/kept-logs.ts';
import { recordDeploymentState } from '../../../store/queries/record-deployment.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { NO_TEMPORAL, TOKEN, startApi, type Api } from '../harness.ts';
import { NOON, seedDeployment, seedService } from '../seed.ts';
import { openTab, type Tab } from './browser.ts';

const EVIL = `<script>alert(1)</script><img src=x onerror=alert(2)>`;

let api: Api;
let server: RunningServer;
let tab: Tab;

beforeAll(async () => {
  api = await startApi({ address: NO_TEMPORAL });
  await seedService(api.store);
  server = await startServer({ app: api.app, hostname: '127.0.0.1', port: 0 });
  onCleanup(() => server.close());
  tab = await openTab();
  tab.page.setDefaultTimeout(30_000);
});

const said = (text: string): LogLine => ({ at: NOON, source: 'deploy', text });

describe('in a browser', () => {
  test('a token opens what was asked for [F6]', async () => {
    const { page } = tab;
    await page.goto(`${server.url}/deliveries`);
    await page.getByLabel('Access token').fill('guessed');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Access token').fill(TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Deliveries' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/deliveries');
  });

  test('a deployment is followed to its end without reloading: steps, state, log [F6][B12][A3]', async () => {
    const { page } = tab;
    const logs = keepLogs(api.deps.logDir);
    const id = await seedDeployment(api.store, { sequence: 1, state: 'switching', subject: EVIL, urls: [] });
    const stream = logStream('deployment', id);
    await logs.append(stream, [said('\u001b[32mpulled\u001b[0m'), said('10%\r50%\r100%'), said(EVIL)]);
    await page.goto(`${server.url}/deployments/${id}`);
    await page.getByRole('heading', { name: 'Switching to the new version' }).waitFor();
    await page.getByText('pulled', { exact: true }).waitFor();
    const texts = () => page.locator('.log .text').allTextContents();
    expect(await texts()).toEqual(['pulled', '100%', EVIL]);
    await page.evaluate('window.sameDocument = true');

    await logs.append(stream, [said('healthy')]);
    await page.getByText('healthy', { exact: true }).waitFor();
    await recordDeploymentState(api.store.db, {
      deploymentId: id,
      state: 'rolled_back',
      at: NOON + 30_000,
      failure: { type: 'Unhealthy', message: EVIL },
      urls: ['javascript:alert(3)'],
    });
    await page.getByRole('heading', { name: 'what ran before is running again' }).waitFor();
    await page.getByText('complete', { exact: true }).waitFor();
    expect(await texts()).toEqual(['pulled', '100%', EVIL, 'healthy']);
    expect(await page.getByRole('button', { name: 'Cancel' }).count()).toBe(0);
    expect(await page.evaluate('window.sameDocument')).toBe(true);
  });

  test('what is focused stays so while the page keeps itself up to date [F6]', async () => {
    const { page } = tab;
    await page.goto(server.url);
    await page.getByRole('link', { name: 'staging' }).focus();
    const settled = "document.addEventListener('htmx:afterSettle', () => done(true), { once: true })";
    expect(await page.evaluate(`new Promise((done) => ${settled})`)).toBe(true);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('staging');
  });

  test('a failure is shown in the lines that it was written in [F6]', async () => {
    const { page } = tab;
    const failure = {
      type: 'BuildFailed',
      message: 'exit status 1\nSTEP 3/9: RUN make\n\u001b[31mno rule\u001b[0m',
    } as const;
    const id = await seedDeployment(api.store, { sequence: 9, state: 'rolled_back', failure });
    await page.goto(`${server.url}/deployments/${id}`);
    expect(await page.locator('.failure p').innerText()).toBe('exit status 1\nSTEP 3/9: RUN make\nno rule');
  });

  test('a log goes on where it was after the server was away [B12][F1]', async () => {
    const { page } = tab;
    const logs = keepLogs(api.deps.logDir);
    const id = await seedDeployment(api.store, { sequence: 2, state: 'switching' });
    const stream = logStream('deployment', id);
    await logs.append(stream, [said('one'), said('two')]);
    await page.goto(`${server.url}/deployments/${id}`);
    await page.getByText('two', { exact: true }).waitFor();

    const port = Number(new URL(server.url).port);
    await server.close();
    await page.getByText('reconnecting…').waitFor();
    await logs.append(stream, [said('three')]);
    server = await startServer({ app: api.app, hostname: '127.0.0.1', port });
    await page.getByText('three', { exact: true }).waitFor();
    expect(await page.locator('.log .text').allTextContents()).toEqual(['one', 'two', 'three']);
  });

  test('cancelling is a button; when Temporal is away it says so [F6][F2]', async () => {
    const { page } = tab;
    const id = await seedDeployment(api.store, { sequence: 3, state: 'switching' });
    await page.goto(`${server.url}/deployments/${id}`);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('heading', { name: /Temporal server does not answer/ }).waitFor();
  });

  test('every page works in the dark, on a phone, without a complaint of the browser [F6]', async () => {
    const { page, complaints } = tab;
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 390, height: 800 });
    for (const path of [
      '/',
      '/deliveries',
      '/releases/shop.web.1',
      '/builds/shop.web.1',
      '/deployments/shop.web.production.1',
    ]) {
      await page.goto(server.url + path);
      expect([path, await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')]).toEqual([
        path,
        true,
      ]);
      const beyond =
        "[...document.querySelectorAll('td')].filter((td) => td.getBoundingClientRect().right > window.innerWidth)";
      expect([path, await page.evaluate(`${beyond}.map((td) => td.textContent)`)]).toEqual([path, []]);
    }
    expect(complaints).toEqual([]);
  });

  test('signing out closes it [F6]', async () => {
    const { page } = tab;
    await page.goto(server.url);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Access token').waitFor();
    await page.goto(server.url);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Sign in');
  });
});
