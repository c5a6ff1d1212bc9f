/**
 * A trigger's decisions, as programs read them: for each service and environment, with a reason that does not change.
 */
import { describe, expect, test } from '@jest/globals';
import type { Decision } from '../../../contracts/admission/decision.ts';
import { DIGEST } from '../../store/support/samples.ts';
import { CI, startDeliveryScene } from './scene.ts';

const port = (number: number) => `target: { podman: { hosts: [one], publish: { web: ${number} } } }`;
const FILE = `
version: 1
project: shop
services: { web: {}, api: {} }
environments:
  dev: { ci: ${CI}, ${port(1)} }
  staging: { ${port(2)} }
  preview: { branch: next, ${port(3)} }
  production: { production: true, autoDeploy: false, ${port(4)} }
`;

const { deploy, ended, land, push, request, work } = await startDeliveryScene({
  registry: {
    findImage: async () => ({ image: `registry.example/shop/web@${DIGEST}`, digest: DIGEST }),
  },
});

/** `web/staging shop.web.1` for what goes somewhere, `web/dev waits_for_ci` for what does not. */
const shown = ({ decisions = [] }: { readonly decisions?: readonly Decision[] }) =>
  decisions
    .map(({ service, environment, releaseId, reason }) =>
      [[service, environment].filter(Boolean).join('/'), releaseId ?? reason].join(' ').trim(),
    )
    .toSorted();

describe('a decision', () => {
  test('of a push names every environment of the branch: where it goes, and why not elsewhere [E1]', async () => {
    const commit = await land({ 'landfall.yaml': FILE });
    const admission = await push('main', { requestKey: 'first' });
    expect(shown(admission)).toEqual([
      'api no_port',
      'web/dev waits_for_ci',
      'web/production on_request_only',
      'web/staging shop.web.1',
    ]);
    const expected = {
      ...{ shouldDeploy: true, project: 'shop', service: 'web', environment: 'staging', ref: 'main', commit },
      ...{
        imageTag: commit,
        version: commit.slice(0, 7),
        tag: null,
        releaseId: 'shop.web.1',
        reason: null,
        detail: null,
      },
    };
    expect(admission.decisions.find(({ shouldDeploy }) => shouldDeploy)).toEqual(expected);
    expect((await push('main', { requestKey: 'first' })).decisions).toEqual([expected]);
  });

  test('of a head that is released already says so for the environment [E1]', async () => {
    expect(shown(await push('main'))).toContain('web/staging already_released');
  });

  test('of a CI run tells failure, fork, cause, branch and age apart [E1]', async () => {
    const old = await land({ a: '1' });
    const head = await land({ a: '2' });
    expect(shown(await ended(head, { conclusion: 'failure' }))).toEqual(['ci_failed']);
    expect(shown(await ended(head, { headRepositoryId: '1' }))).toEqual(['ci_of_fork']);
    expect(shown(await ended(head, { event: 'workflow_dispatch' }))).toEqual(['ci_not_of_push']);
    expect(shown(await ended(head, { branch: 'other' }))).toEqual(['wrong_branch']);
    expect(shown(await ended(head, { workflow: '.github/workflows/lint.yml' }))).toEqual(['waits_for_ci']);
    expect(shown(await ended(head, { branch: '--x' }))).toEqual(['unsafe_name']);
    expect(shown(await ended(head))).toEqual([
      'api no_port',
      'web/dev shop.web.2',
      'web/production on_request_only',
      'web/staging waits_for_push',
    ]);
    expect(shown(await ended(old))).toEqual(['superseded']);
    expect(shown(await ended('f'.repeat(40)))).toEqual(['commit_gone']);
  });

  test('of a commit that the branch has lost, or that asks not to be deployed, says which [E1]', async () => {
    const lost = await land({ b: 'lost' });
    await work.git('reset', '--quiet', '--hard', 'HEAD~1');
    const quiet = await land({ b: 'kept' }, { message: 'Tidy [skip deploy]' });
    expect(shown(await ended(lost))).toEqual(['not_on_branch']);
    const skipped = await push('main');
    expect(shown(skipped)).toEqual(['skip_deploy']);
    expect(skipped.decisions).toMatchObject([{ ref: 'main', commit: quiet, shouldDeploy: false }]);
  });

  test('of a branch nobody follows, that is gone, or of an unknown repository says which [E1]', async () => {
    await work.push({ ref: 'feature' });
    expect(shown(await push('feature'))).toEqual(['wrong_branch']);
    expect(shown(await push('next'))).toEqual(['branch_gone']);
    expect(shown(await push('a b'))).toEqual(['unsafe_name']);
    const unknown = { installationId: null, repositoryId: '1', repository: 'acme/unknown' };
    expect(shown(await push('main', unknown))).toEqual(['unknown_repository']);
  });

  test('of an image that CI pushed has the tag that CI gave it [E1][C1]', async () => {
    const commit = await land({ c: '1' });
    const { decisions } = await deploy({ environment: 'production', image: { commit, tag: 'build-7' } });
    expect(decisions).toMatchObject([{ environment: 'production', commit, imageTag: 'build-7', shouldDeploy: true }]);
  });

  test('of a broken landfall.yaml says invalid_configuration, of a missing one no_configuration [E1]', async () => {
    await land({ 'landfall.yaml': 'version: 2\n' });
    expect(shown(await push('main'))).toEqual(['invalid_configuration']);
    await land({ 'landfall.yaml': null });
    expect(shown(await push('main'))).toEqual(['no_configuration']);
    await land({ 'landfall.yaml': FILE });
  });
});

describe('a request for a tag', () => {
  test('takes the commit of the tag, annotated or not, and has the image tagged with the version [E1][E2][B7]', async () => {
    const commit = await land({ d: '1' });
    await work.git('tag', 'v1.2.0');
    await work.git('tag', '--annotate', '--message', 'two', 'release/2.0+rc');
    await work.git('push', '--quiet', '--tags', 'origin');
    await land({ d: '2' });

    const plain = await request({ environment: 'production', tag: 'v1.2.0' });
    expect(plain.releases).toMatchObject([
      { commit, ref: 'v1.2.0', tag: 'v1.2.0', byName: true, extraTags: ['1.2.0'] },
    ]);
    expect(plain.decisions).toMatchObject([
      { environment: 'production', commit, imageTag: commit, version: '1.2.0', tag: 'v1.2.0', shouldDeploy: true },
    ]);
    const annotated = await request({ environment: 'production', tag: 'release/2.0+rc' });
    expect(annotated.releases).toMatchObject([{ commit, tag: 'release/2.0+rc', extraTags: ['release-2.0-rc'] }]);
  });

  test.each([
    [{ tag: 'v9' }, 'CommitNotFound', 'has no tag v9'],
    // A branch is no tag, whatever it is called.
    [{ tag: 'main' }, 'CommitNotFound', 'has no tag main'],
    [{ tag: '--upload-pack=x' }, 'InvalidRequest', 'The tag has a name that Landfall does not take'],
  ] as const)('%j is refused: %s [E1]', async (more, type, words) => {
    await expect(request({ environment: 'production', ...more })).rejects.toMatchObject({
      type,
      message: expect.stringContaining(words),
    });
  });
});
