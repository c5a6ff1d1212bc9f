/** Commands about a service that is called otherwise now: by either name, also inside an id and at the beginning of words. */
import { beforeAll, expect, test } from '@jest/globals';
import { describePlan } from '../../../api/commands/describe-plan.ts';
import { resolveCommand } from '../../../api/commands/resolve.ts';
import { createRollbackTargets } from '../../../api/operations/rollback-targets.ts';
import { readCommand } from '../../../contracts/github/read-command.ts';
import { moveName } from '../../../store/queries/move-name.ts';
import { claimProject, saveServices } from '../../../store/queries/services.ts';
import { environmentSettings, serviceSettings } from '../../support/simulation/fixtures.ts';
import { endedReply, followedNoMore, underWay } from '../../../workflows/orders/command-replies.ts';
import { NO_TEMPORAL, startApi, type Api } from '../harness.ts';
import { KEY, NOON, seedDeployment } from '../seed.ts';

const GITHUB = { repositoryId: '7', repository: 'acme/shop', installationId: '8' } as const;

let api: Api;
beforeAll(async () => {
  api = await startApi({ address: NO_TEMPORAL });
  const { store } = api;
  const origin = { ...GITHUB, kind: 'github', cloneUrl: 'https://github.test/acme/shop.git' } as const;
  await claimProject(store.db, KEY.project, { origin, defaultBranch: 'main', private: false });
  const production = { settings: environmentSettings('production', ['host-a']), branch: 'main', autoDeploy: true };
  await saveServices(store.db, KEY.project, [
    { service: KEY.service, branch: 'main', settings: serviceSettings, environments: [production] },
  ]);
  await seedDeployment(store, { sequence: 41 });
  await seedDeployment(store, { sequence: 42, at: NOON + 60_000 });
  await seedDeployment(store, { sequence: 43, at: NOON + 120_000, state: 'rolled_back' });
  await seedDeployment(store, { sequence: 44, at: NOON + 180_000, state: 'awaiting_approval' });
  await moveName(store.db, { project: 'shop' }, { project: 'store' });
  await moveName(store.db, { project: 'shop', service: 'web' }, { project: 'shop', service: 'frontend' });
});

async function meant(text: string) {
  const read = readCommand(text);
  if (read?.kind !== 'command') throw new Error(`${text} is no command`);
  return resolveCommand(
    { ...api.deps, rollbackTargets: createRollbackTargets(api.deps) },
    {
      ...{ orderId: 'order.7.1', by: { kind: 'github', name: 'ada' }, pull: null, command: read.command },
      ...{ commentedAt: NOON + 3_600_000, conversation: { ...GITHUB, number: 1, isPullRequest: false } },
    },
  );
}

test.each([
  ['/rollback production to store.frontend.41', { to: 'shop.web.production.41' }],
  ['/rollback production to shop.frontend.production.41', { to: 'shop.web.production.41' }],
  ['/rollback store.frontend.production.41', { to: 'shop.web.production.41' }],
  ['/rollback store/frontend production to store.web.41.1', { to: 'shop.web.production.41' }],
  ['/retry store.frontend.43', { releaseId: 'shop.web.43' }],
  ['/retry https://landfall.test/deployments/store.frontend.production.43', { releaseId: 'shop.web.43' }],
  ['/cancel store.frontend.44', { what: { releaseId: 'shop.web.44' } }],
  ['/cancel store.frontend.44.1', { what: { releaseId: 'shop.web.44' } }],
  ['/approve store.frontend.44', { deploymentId: 'shop.web.production.44', note: '' }],
  ['/approve store.frontend.production.44 good', { deploymentId: 'shop.web.production.44', note: 'good' }],
  ['/approve frontend good', { deploymentId: 'shop.web.production.44', note: 'good' }],
  ['/approve store/frontend good', { deploymentId: 'shop.web.production.44', note: 'good' }],
  ['/approve shop/frontend production good', { deploymentId: 'shop.web.production.44', note: 'good' }],
  ['/approve store/frontend/production good', { deploymentId: 'shop.web.production.44', note: 'good' }],
  ['/reject shop/web not now', { deploymentId: 'shop.web.production.44', note: 'not now' }],
])('%s is understood [A7][B4]', async (text, order) => {
  expect([text, await meant(text)]).toMatchObject([text, { kind: 'order', order }]);
});

test('/status and /queue say what it is called now, and so does the reply to a lock [A7][B4]', async () => {
  for (const words of ['/status', '/queue', '/status production --service web']) {
    const told = await meant(words);
    expect([words, told]).toMatchObject([
      words,
      { kind: 'answer', text: expect.stringContaining('`store.frontend.production`') },
    ]);
    expect(JSON.stringify(told)).not.toContain('`shop.web.production`');
  }
  const lock = await meant('/lock production --for 2h --reason migration');
  expect(lock).toMatchObject({
    kind: 'order',
    order: {
      kind: 'lock',
      key: { ...KEY, environment: 'production' },
      called: { project: 'store', service: 'frontend' },
    },
  });
});

test('what there is to choose from has the names of now [A7][B4]', async () => {
  expect(await meant('/deploy staging')).toMatchObject({
    kind: 'refusal',
    text: expect.stringContaining('`store.frontend`: `production`'),
  });
});

test('the plan of a deployment, and what is said of a release, have the names of now [A7][B4]', async () => {
  const release = { key: KEY, ref: 'main', commit: 'a'.repeat(40), subject: 'Mend it', digest: null };
  const plan = {
    releases: [{ ...release, environments: [environmentSettings('production', ['host-a'])] }],
    skipped: [],
  };
  const deps = { store: api.store, temporal: { ...api.deps.temporal, environmentState: async () => null } };
  const text = await describePlan(deps, { plan, by: { kind: 'github', name: 'ada' } });
  expect(text).toContain('`store.frontend` would deploy `aaaaaaa Mend it`');
  expect(text).toContain('`store.frontend.production`: nothing is in its way');

  const facts = {
    ...{ key: KEY, called: { project: 'store', service: 'frontend' }, releaseId: 'shop.web.45', workflowId: 'x' },
    ...{ commit: release.commit, subject: release.subject, environments: ['production'] },
  };
  const ended = endedReply(facts, { outcome: 'completed', stages: [] }, true);
  for (const words of [underWay(facts), followedNoMore(facts), ended])
    expect(words).toContain('`store.frontend` at `aaaaaaa Mend it`');
});
