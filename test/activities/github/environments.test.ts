/** GitHub's side of an environment that was destroyed. */
import { expect, test } from '@jest/globals';
import { asActivity, startScene } from './scene.ts';

const { github, origin, commit, activities } = await startScene();
const DELETE = 'repos/delete-an-environment';
type Permissions = Parameters<typeof github.setAppPermissions>[0];
const WITHOUT: Permissions = { deployments: 'write', metadata: 'read', actions: 'read' };
const WITH: Permissions = { ...WITHOUT, administration: 'write' };

/** Deploys there for a service of the project, and says that it is live. */
async function live(environment: string, service = 'web', number = 1) {
  const deploymentId = `shop.${service}.${environment}.${String(number)}`;
  const shown = { production: environment === 'production', transient: false, description: 'Deploying' };
  const id = await asActivity(() =>
    activities.openDeployment({ origin, deploymentId, commit, environment, ...shown, mayExist: false }),
  );
  const report = { origin, gitHubDeploymentId: id, description: 'live', logPath: `/deployments/${deploymentId}` };
  await asActivity(() => activities.reportDeployment({ ...report, state: 'success' }));
  return id;
}

const retire = (environment: string, changes: { readonly isShared?: boolean; readonly firstAt?: number } = {}) =>
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
