import { describe, expect, test } from '@jest/globals';
import { CI, startDeliveryScene } from './scene.ts';

const FILE = `
version: 1
project: shop
services: { web: {} }
environments:
  dev: { ci: ${CI}, target: { podman: { hosts: [one], publish: { web: 20080 } } } }
  staging: { autoDeploy: false, ci: ${CI}, target: { podman: { hosts: [one], publish: { web: 20081 } } } }
  production: { target: { podman: { hosts: [one], publish: { web: 20082 } } } }
`;

const { ended, land, push, work } = await startDeliveryScene();

describe('the success of a CI workflow', () => {
  test('on the branch deploys to the environments that wait for it; the push deploys to the others [E1]', async () => {
    const commit = await land({ 'landfall.yaml': FILE });
    const pushed = await push('main');
    expect(pushed.releases.map(({ environments }) => environments.map(({ name }) => name))).toEqual([['production']]);

    const { releases } = await ended(commit);

    expect(releases).toMatchObject([{ commit, ref: 'main', byName: false, environments: [{ name: 'dev' }] }]);
  });

  test('told again, or of a second attempt, deploys no second time [E1][F1]', async () => {
    const commit = await land({ 'a.txt': '1' });
    const first = await ended(commit, { requestKey: 'same' });
    expect((await ended(commit, { requestKey: 'same' })).releases).toEqual(first.releases);
    expect(await ended(commit)).toMatchObject({ releases: [], skipped: [/already released as shop\.web\.\d+/] });
  });

  test('of an older commit deploys it, until a newer one was: never backwards [E1][E9]', async () => {
    const [first, second, third] = [await land({ b: '1' }), await land({ b: '2' }), await land({ b: '3' })];
    expect((await ended(second)).releases).toMatchObject([{ commit: second }]);
    expect(await ended(first)).toMatchObject({
      releases: [],
      skipped: [`${second.slice(0, 7)}, which is newer than ${first.slice(0, 7)}, is released already`],
    });
    expect((await ended(third)).releases).toMatchObject([{ commit: third }]);
  });

  test('on a commit that the branch has lost deploys nothing [E1]', async () => {
    const lost = await land({ c: 'lost' });
    await work.git('reset', '--quiet', '--hard', 'HEAD~1');
    await land({ c: 'kept' });
    expect(await ended(lost)).toMatchObject({ releases: [], skipped: [`${lost.slice(0, 7)} is no longer on main`] });
  });

  test.each([
    ['that failed', { conclusion: 'failure' }, /ended with failure/],
    ['of a fork, whatever it calls its branch', { headRepositoryId: '1' }, /a commit of a fork/],
    ['of a deleted fork', { headRepositoryId: null }, /a commit of a fork/],
    ['of a pull request', { event: 'pull_request' }, /started by pull_request/],
    ['of another workflow', { workflow: '.github/workflows/lint.yml' }, /no environment waits for .*lint\.yml on main/],
    ['on another branch', { branch: 'next' }, /no environment waits for .* on next/],
    ['on a branch named like an option', { branch: '--upload-pack=x' }, /does not take/],
  ])('%s deploys nothing, and says why [E1]', async (name, more, why) => {
    const commit = await land({ d: name });
    expect(await ended(commit, more)).toMatchObject({ releases: [], skipped: [expect.stringMatching(why)] });
  });

  test('of a commit that asks not to be deployed is left alone [B4][E1]', async () => {
    const commit = await land({ e: '1' }, { message: 'Docs [skip deploy]' });
    expect((await ended(commit)).skipped).toEqual([expect.stringMatching(/asks not to be deployed/)]);
  });
});
