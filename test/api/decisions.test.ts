import { beforeAll, describe, expect, test } from '@jest/globals';
import { deployed, skipped } from '../../contracts/admission/decision.ts';
import { deliveryWorkflowId } from '../../contracts/core/ids.ts';
import { recordDecisions } from '../../store/queries/decisions.ts';
import { createInstallationRecord } from '../../store/queries/installations.ts';
import { NO_TEMPORAL, push, startApi, type Api } from './harness.ts';

const COMMIT = 'a'.repeat(40);
const WEB = { project: 'shop', service: 'web' } as const;
const record = { cause: 'push', actor: 'github:ada', repositoryId: '17', at: Date.UTC(2026, 0, 2) };
const staging = deployed({
  ...{ ...WEB, environment: 'staging', ref: 'main', commit: COMMIT, imageTag: COMMIT },
  ...{ version: 'aaaaaaa', tag: null, releaseId: 'shop.web.1' },
});
const production = skipped('on_request_only', 'production deploys on request only', {
  ...WEB,
  environment: 'production',
});

let api: Api;
beforeAll(async () => {
  api = await startApi({ address: NO_TEMPORAL });
  const { db } = api.store;
  await api.deliver({ id: 'pushed', body: push() });
  await api.deliver({ id: 'tagged', body: push({ ref: 'refs/tags/v1' }) });
  await api.deliver({ id: 'starred', event: 'star', body: '{}' });
  await recordDecisions(db, { ...record, requestKey: deliveryWorkflowId('pushed'), decisions: [production, staging] });
  const requested = skipped('refused', '<b>no</b>', { ...WEB, environment: 'moon' });
  await recordDecisions(db, {
    ...record,
    requestKey: 'request/1',
    cause: 'request',
    repositoryId: null,
    at: record.at + 1,
    decisions: [requested],
  });
});

const get = async (path: string) => (await api.ask(path)).json();

describe('decisions', () => {
  test('stand at the delivery that they were made for, what is deployed first [E1]', async () => {
    const deliveries = (await get('/api/deliveries')) as { id: string }[];
    expect(deliveries.find(({ id }) => id === 'pushed')).toMatchObject({
      decisions: [staging, production],
      ignored: null,
    });
  });

  test('are listed with the request, its cause and who caused it, and are found by environment [E1]', async () => {
    expect(await get('/api/decisions')).toMatchObject([
      { request: 'request/1', cause: 'request', environment: 'moon', reason: 'refused' },
      { request: 'github/pushed', environment: 'production', shouldDeploy: false, reason: 'on_request_only' },
      { request: 'github/pushed', environment: 'staging', shouldDeploy: true, imageTag: COMMIT, version: 'aaaaaaa' },
    ]);
    const found = await get('/api/decisions?project=shop&service=web&environment=staging');
    expect(found).toEqual([
      { ...staging, request: 'github/pushed', cause: 'push', actor: 'github:ada', at: '2026-01-02T00:00:00.000Z' },
    ]);
    expect((await api.ask('/api/decisions?environment=..')).status).toBe(422);
  });

  test('that were told twice stay as they were told first [E1][F1]', async () => {
    const requestKey = deliveryWorkflowId('pushed');
    const again = { ...production, reason: 'wrong_branch' as const };
    await recordDecisions(api.store.db, { ...record, requestKey, decisions: [again] });
    expect(await get('/api/decisions?environment=production')).toMatchObject([{ reason: 'on_request_only' }]);
  });

  test('are on the deliveries page, with a link to the release, and as text only [E1][F6]', async () => {
    const page = await (await api.ask('/deliveries', { headers: { accept: 'text/html' } })).text();
    expect(page).toContain('web → staging: <a href="/releases/shop.web.1">shop.web.1</a>');
    expect(page).toMatch(
      /web → production: <span[^>]*>production deploys on request only<\/span> <span[^>]*>on_request_only</,
    );
  });

  test('are not there for what is ignored: that has a reason of its own [B1]', async () => {
    const deliveries = (await get('/api/deliveries?state=ignored')) as { id: string }[];
    expect(deliveries.map(({ id }) => id).toSorted()).toEqual(['starred', 'tagged']);
    expect(deliveries.find(({ id }) => id === 'tagged')).toMatchObject({ ignored: 'not_a_branch', decisions: [] });
    expect(deliveries.find(({ id }) => id === 'starred')).toMatchObject({ ignored: 'event_not_used' });
  });
});

describe('a request for a tag', () => {
  test.each([
    [{ tag: 'v1', ref: 'main' }, 'beside ref'],
    [{ tag: '--upload-pack=x' }, 'no tag name'],
    [{ tag: '' }, 'tag'],
  ])('%j is 422 and says why [E1]', async (more, words) => {
    const response = await api.post('/api/releases', { ...WEB, ...more });
    expect([response.status, await response.json()]).toMatchObject([422, { detail: expect.stringContaining(words) }]);
  });
});

test('installations are listed as GitHub said that they are [B1][B3]', async () => {
  const reading = {
    account: 'acme',
    state: 'suspended',
    permissions: { checks: 'write' },
    everyRepository: true,
  } as const;
  const repositories = [{ id: '17', fullName: 'acme/shop', private: true }];
  await createInstallationRecord(api.store.db).record({
    installationId: '99',
    ...reading,
    repositories,
    readAt: record.at,
  });
  expect(await get('/api/installations')).toEqual([
    { id: '99', ...reading, repositories: 1, readAt: '2026-01-02T00:00:00.000Z' },
  ]);
});
