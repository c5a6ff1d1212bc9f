import { checkName } from '../../../contracts/github/shown-names.ts';
import { describe, expect, test } from '@jest/globals';
import { code, inline, ourWords } from '../../../contracts/core/markdown.ts';
import type { OpenBuildCheck } from '../../../activities/github/github.port.ts';
import { serverError } from '../../../stand-ins/github/faults.ts';
import { PUBLIC_URL, asActivity, attempt, failureIn, startScene } from './scene.ts';

const { github, origin, commit, activities, callsOf } = await startScene();

let number = 0;
function openRequest(): OpenBuildCheck {
  number += 1;
  const buildId = `shop.web.${number}`;
  return {
    origin,
    buildId,
    commit,
    name: checkName('Landfall: web'),
    title: 'Building',
    logPath: `/builds/${buildId}`,
  };
}
const ours = (buildId: string) => github.checkRuns().filter(({ externalId }) => externalId === buildId);

describe('openBuildCheck', () => {
  test('creates a check run on the commit that leads to the log [B5]', async () => {
    const request = openRequest();
    const id = await asActivity(() => activities.openBuildCheck(request));
    expect(ours(request.buildId)).toMatchObject([
      {
        id,
        headSha: commit,
        name: checkName('Landfall: web'),
        status: 'in_progress',
        title: 'Building',
        detailsUrl: `${PUBLIC_URL}/builds/${request.buildId}`,
      },
    ]);
  });

  test('creates one although its answer was lost, also beside other builds of the commit [B5][F1]', async () => {
    const request = openRequest();
    github.fault({ operation: 'checks/create', when: 'after', answer: serverError() });
    expect(await failureIn(attempt(1, () => activities.openBuildCheck(request)))).toMatchObject({
      type: 'GitHubUnavailable',
    });
    await asActivity(() => activities.openBuildCheck(openRequest()));
    const id = await attempt(2, () => activities.openBuildCheck(request));
    expect(ours(request.buildId).map((run) => run.id)).toEqual([id]);
  });

  test('looks nothing up on the first attempt [B5]', async () => {
    await asActivity(() => activities.openBuildCheck(openRequest()));
    expect(await callsOf(() => asActivity(() => activities.openBuildCheck(openRequest())))).toEqual(['checks/create']);
  });
});

describe('updateBuildCheck', () => {
  test.each(['success', 'failure', 'cancelled'] as const)(
    'ends the check run with %s [B5][B10]',
    async (conclusion) => {
      const request = openRequest();
      const checkRunId = await asActivity(() => activities.openBuildCheck(request));
      const edit = { origin, checkRunId, title: 'Pushing', summary: ourWords`Host ${code('build-1')}.` };
      await asActivity(() => activities.updateBuildCheck(edit));
      expect(ours(request.buildId)).toMatchObject([{ status: 'in_progress', title: 'Pushing', conclusion: null }]);

      await asActivity(() => activities.updateBuildCheck({ ...edit, title: 'Ended', conclusion }));
      await attempt(2, () => activities.updateBuildCheck({ ...edit, title: 'Ended', conclusion }));
      expect(ours(request.buildId)).toMatchObject([
        { status: 'completed', title: 'Ended', summary: 'Host `build-1`.', conclusion },
      ]);
    },
  );

  test('cuts what GitHub would refuse to keep [B5]', async () => {
    const request = openRequest();
    const checkRunId = await asActivity(() => activities.openBuildCheck(request));
    await asActivity(() =>
      activities.updateBuildCheck({
        origin,
        checkRunId,
        title: 't'.repeat(999),
        summary: inline('s'.repeat(99_999)),
      }),
    );
    expect(ours(request.buildId)[0]?.title).toHaveLength(255);
    expect(ours(request.buildId)[0]?.summary).toHaveLength(65_535);
  });
});
