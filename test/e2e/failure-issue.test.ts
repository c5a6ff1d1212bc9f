/** A bad version in production, as people hear of it: an issue that says what to know, and closes when all is well. */
import { beforeAll, expect, test } from '@jest/globals';
import { testDatabase } from '../store/support/databases.ts';
import { onCleanup } from '../support/cleanup.ts';
import { setStage } from '../support/stage/stage.ts';
import type { Stage } from '../support/stage/stage.ts';
import { tempDir } from '../support/tmp.ts';

let stage: Stage;
let first: string;
beforeAll(async () => {
  stage = await setStage({ databaseUrl: await testDatabase(), dir: tempDir(), env: { LANDFALL_WATCH_EVERY: '2s' } });
  onCleanup(() => stage.stop());
  first = await stage.shop.push({ version: '1' });
  expect(await stage.api.ended(first)).toMatchObject({ state: 'completed' });
}, 300_000);

const statesOf = (commit: string) =>
  stage.gitHub
    .deployments()
    .filter(({ sha }) => sha === commit)
    .flatMap(({ id }) => stage.gitHub.statuses(id).map(({ state }) => state));

test('a bad version opens one issue, the next one comments on it, a good one closes it [E8]', async () => {
  expect(stage.gitHub.issues()).toEqual([]);
  const bad = await stage.shop.push({ version: '2', health: 'failing' });
  const { deployments } = await stage.api.ended(bad);
  const issue = await stage.api.eventually('an issue', 120_000, async () => stage.gitHub.issues()[0]);
  expect(issue).toMatchObject({ author: 'landfall[bot]', state: 'open', comments: [] });
  expect(issue.title).toBe('shop/web cannot be deployed to production: Unhealthy');
  expect(new Set(issue.labels)).toEqual(new Set(['deployment', 'rollback', 'urgent', 'production']));
  for (const part of [
    `| Version | \`${bad.slice(0, 7)}\``,
    `/acme/shop/commit/${bad})`,
    `${stage.landfall.url}/deployments/${String(deployments[0]?.id)})`,
    `Done: what ran before (\`${first.slice(0, 7)}\`) is running again`,
  ]) {
    expect(issue.body).toContain(part);
  }

  const worse = await stage.shop.push({ version: '3', health: 'failing' });
  await stage.api.ended(worse);
  await stage.api.eventually('a comment', 120_000, async () => issue.comments[0]);

  const good = await stage.shop.push({ version: '4' });
  expect(await stage.api.ended(good)).toMatchObject({ state: 'completed' });
  await stage.api.eventually('it to be closed', 120_000, async () => (issue.state === 'closed' ? true : undefined));
  expect(stage.gitHub.issues()).toHaveLength(1);
  expect(issue.comments.map(({ body }) => body)).toEqual([
    expect.stringContaining(`/commit/${worse})`),
    expect.stringContaining(`/commit/${good})`),
  ]);
}, 300_000);

test('what the good version superseded is shown as inactive, and nothing else is [A3]', async () => {
  await stage.api.eventually('the first version to be inactive', 120_000, async () =>
    statesOf(first).at(-1) === 'inactive' ? true : undefined,
  );
  expect(stage.gitHub.deployments().map(({ id }) => stage.gitHub.statuses(id).at(-1)?.state)).toEqual([
    ...['inactive', 'failure', 'failure', 'success'],
  ]);
});

test('each commit shows its version and how its rollback went, by environment [E11]', () => {
  const shown = stage.gitHub.deployments().map(({ id, sha, environment }) => {
    const told = stage.gitHub.statuses(id).find(({ state }) => state === 'success' || state === 'failure');
    return `${environment}: ${told?.description.replace(sha.slice(0, 7), 'VERSION') ?? ''}`;
  });
  expect(shown).toEqual([
    'production: VERSION is live',
    expect.stringMatching(/^production: VERSION was rolled back; what ran before is running again/),
    expect.stringMatching(/^production: VERSION was rolled back; what ran before is running again/),
    'production: VERSION is live',
  ]);
});

test('a success after a success asks nothing of issues [E8]', async () => {
  const before = stage.gitHub.calls().length;
  const next = await stage.shop.push({ version: '5' });
  await stage.api.ended(next);
  await stage.api.eventually('GitHub to be told', 120_000, async () =>
    statesOf(next).at(-1) === 'success' ? true : undefined,
  );
  const calls = stage.gitHub.calls().slice(before);
  expect(calls.filter(({ operation }) => operation.startsWith('issues/'))).toEqual([]);
  expect(calls.length).toBeLessThanOrEqual(15);
}, 300_000);

test('a version that is live and crashes in a loop is shown, and told by an issue that the next success closes [E8]', async () => {
  const bad = await stage.shop.push({ version: '6', diesAfterSeconds: 2 });
  const { deployments } = await stage.api.ended(bad);
  expect(deployments).toMatchObject([{ state: 'live' }]);

  const issue = await stage.api.eventually('an issue', 120_000, async () => stage.gitHub.issues()[1]);
  expect(issue).toMatchObject({ state: 'open', comments: [] });
  expect(issue.title).toBe('shop/web crashes again and again in production: CrashLoop');
  for (const part of [`| Version | \`${bad.slice(0, 7)}\``, 'It exited with code 3.', 'out of handles', 'roll back'])
    expect(issue.body).toContain(part);
  const shown = await (await stage.api.send('GET', '/api/environments/shop/web/production')).json();
  expect(shown).toMatchObject({
    live: { crashing: [{ place: 'local', why: expect.stringContaining('out of handles') }] },
  });
  const log = await (await stage.api.send('GET', `/api/logs/deployment-${String(deployments[0]?.id)}`)).text();
  expect(log).toContain('local: its container has ended and was started again');

  await stage.api.ended(await stage.shop.push({ version: '7' }));
  await stage.api.eventually('it to be closed', 120_000, async () => (issue.state === 'closed' ? true : undefined));
  expect(issue.comments).toHaveLength(1);
}, 300_000);

test('GitHub was never told anything that its own description does not allow [A3][E8]', () => {
  expect(stage.gitHub.drift()).toEqual([]);
});
