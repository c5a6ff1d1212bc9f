/** GitHub's side of an environment that was destroyed. */
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { RetiredEnvironment } from '../../../activities/github/github.port.ts';
import { asActivity, startScene } from './scene.ts';

const { github, origin, commit, activities, client } = await startScene();
const DELETE = 'repos/delete-an-environment';
type Permissions = Parameters<typeof github.setAppPermissions>[0];
const WITHOUT: Permissions = { deployments: 'write', metadata: 'read', actions: 'read' };
const WITH: Permissions = { ...WITHOUT, administration: 'write' };

/** Deploys there for a service of the project, and says that it is live. */
async function live(environment: string, service = 'web', number = 1) {
  const deploymentId = `shop.${service}.${environment}.${String(number)}`;
  const transient = environment.startsWith('pr-');
  const shown = { production: environment === 'production', transient, description: 'Deploying' };
  const id = await asActivity(() =>
    activities.openDeployment({ origin, deploymentId, commit, environment, ...shown, mayExist: false }),
  );
  const report = { origin, gitHubDeploymentId: id, description: 'live', logPath: `/deployments/${deploymentId}` };
  await asActivity(() => activities.reportDeployment({ ...report, state: 'success' }));
  return id;
}

const retire = (environment: string, changes: Partial<RetiredEnvironment> = {}) =>
  asActivity(() =>
    activities.retireEnvironment({
      ...{ origin, key: { project: 'shop', service: 'web', environment } },
      ...{ isShared: false, firstAt: Date.now(), ...changes },
    }),
  );
const deletions = () => github.calls().filter(({ operation }) => operation === DELETE);
function grant(permissions: Permissions) {
  github.setAppPermissions(permissions);
  github.setPermissions(origin.installationId, permissions);
}
const shown = (id: string) => github.statuses(id).at(-1)?.state;

test.each([
  [
    'the App may not delete it',
    WITHOUT,
    {},
    /^GitHub's environment one stays: Landfall may not delete it \(GitHub[a-zA-Z]+\)\. Delete it/,
  ],
  ['others of the repository have one', WITH, { isShared: true }, /other services of the repository/],
  ['it was there before', WITH, { firstAt: Date.now() + 3_600_000 }, /before Landfall deployed to it/],
])('stays where %s, and says so [A2]', async (_why, permissions, changes, said) => {
  grant(permissions);
  const before = deletions().filter(({ status }) => status === 204).length;
  const id = await live('one');
  expect(await retire('one', changes)).toEqual([expect.stringMatching(said)]);
  expect(shown(id)).toBe('inactive');
  expect(deletions().filter(({ status }) => status === 204)).toHaveLength(before);
});

test("of a preview stays as well where the App may not delete it, without the preview's deployments [D3]", async () => {
  grant(WITHOUT);
  await live('pr-6');
  const retired = await retire('pr-6', { isPreview: true });
  expect(retired).toEqual([expect.stringMatching(/pr-6 stays: Landfall may not delete it/)]);
  expect(github.deployments().filter(({ environment }) => environment === 'pr-6')).toEqual([]);
});

test('is marked as inactive, also in production, and deleted; again changes nothing [A2]', async () => {
  grant(WITH);
  const [staging, production] = [await live('staging'), await live('production')];
  for (const environment of ['staging', 'production', 'staging']) expect(await retire(environment)).toEqual([]);
  expect([shown(staging), shown(production)]).toEqual(['inactive', 'inactive']);
  expect(deletions()).toHaveLength(2);
  expect(github.statuses(staging).filter(({ state }) => state === 'inactive')).toHaveLength(1);
});

test("another service's deployments there stay as they are, and so does the environment [A2]", async () => {
  grant(WITH);
  const [own, other] = [await live('two'), await live('two', 'api', 2)];
  expect(await retire('two')).toEqual(["GitHub's environment two stays: others deploy to it."]);
  expect(shown(own)).toBe('inactive');
  expect(shown(other)).toBe('success');
});

describe('a preview', () => {
  const end = (environment: string, service: string) =>
    asActivity(() =>
      activities.retireEnvironment({
        ...{ origin, key: { project: 'shop', service, environment } },
        ...{ isShared: false, isPreview: true, firstAt: Date.now() },
      }),
    );
  /** Deploys there as another program does. */
  const foreign = (environment: string) => {
    const call = { origin, permissions: { deployments: 'write' }, what: 'Deploying', answer: z.object({}) } as const;
    return client.call({ ...call, signal: new AbortController().signal }, (gitHub, repository) =>
      gitHub.rest.repos.createDeployment({
        ...{ ...repository, ref: commit, environment, auto_merge: false, required_contexts: [] },
        payload: { by: 'another' },
      }),
    );
  };
  const left = (environment: string) => github.deployments().filter((one) => one.environment === environment);
  const environments = () => github.environments(origin.repositoryId);

  test('leaves neither deployments nor an environment; the last of its services takes that away, and again changes nothing [D3][D4]', async () => {
    grant(WITH);
    await live('pr-7');
    await live('pr-7', 'web', 2);
    await live('pr-7', 'api');
    expect(left('pr-7')).toMatchObject([
      { transient: true, production: false },
      { transient: true, production: false },
      { transient: true, production: false },
    ]);
    expect(await end('pr-7', 'web')).toEqual([]);
    expect(left('pr-7').map(({ payload }) => payload)).toEqual([{ landfall: 'shop.api.pr-7.1' }]);
    expect(environments()).toContain('pr-7');
    for (const _time of ['once', 'again']) expect(await end('pr-7', 'api')).toEqual([]);
    expect(left('pr-7')).toEqual([]);
    expect(environments()).not.toContain('pr-7');
  });

  test('of which both services end at once leaves nothing either [D3][D4]', async () => {
    grant(WITH);
    await live('pr-8');
    await live('pr-8', 'api');
    expect(await Promise.all([end('pr-8', 'web'), end('pr-8', 'api')])).toEqual([[], []]);
    expect([left('pr-8'), environments().includes('pr-8')]).toEqual([[], false]);
  });

  test("that others deploy to keeps their deployments and GitHub's environment, and says so [D3]", async () => {
    grant(WITH);
    await live('pr-9');
    await foreign('pr-9');
    expect(await end('pr-9', 'web')).toEqual(["GitHub's environment pr-9 stays: others deploy to it."]);
    expect(left('pr-9')).toMatchObject([{ payload: { by: 'another' } }]);
    expect(environments()).toContain('pr-9');
  });
});
