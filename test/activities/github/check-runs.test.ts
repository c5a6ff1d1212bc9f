import { checkName } from '../../../contracts/github/shown-names.ts';
import { describe, expect, test } from '@jest/globals';
import { ourWords } from '../../../contracts/core/markdown.ts';
import type { ShowCheck } from '../../../activities/github/github.port.ts';
import { CHECK_BUTTONS, deploymentCheckId, environmentCheckName } from '../../../contracts/github/check-run.ts';
import { serverError } from '../../../stand-ins/github/faults.ts';
import { PUBLIC_URL, asActivity, attempt, failureIn, startScene } from './scene.ts';

const { github, origin, repository, work, commit, activities, callsOf } = await startScene();

let number = 0;
function request(changes: Partial<ShowCheck> = {}): ShowCheck {
  number += 1;
  const deploymentId = `shop.web.production.${String(number)}`;
  return {
    ...{ origin, commit, externalId: deploymentCheckId(deploymentId), logPath: `/deployments/${deploymentId}` },
    name: environmentCheckName({ service: 'web', environment: 'production' }),
    mayExist: false,
    title: 'It is live',
    rows: [[ourWords`Version`, ourWords`a | b`]],
    conclusion: 'success',
    buttons: ['roll-back'],
    ...changes,
  };
}
const ours = ({ externalId }: ShowCheck) => github.checkRuns().filter((run) => run.externalId === externalId);
const show = (shown: ShowCheck) => asActivity(() => activities.showCheck(shown));

describe('showCheck', () => {
  test('says all at once: one call, under a name that branch rules can require, with a link and a button [E11]', async () => {
    const live = request();
    const calls = await callsOf(() => show(live));
    expect(calls.filter((call) => call.startsWith('checks/'))).toEqual(['checks/create']);
    expect(ours(live)).toMatchObject([
      {
        name: checkName('Landfall: web / production'),
        headSha: commit,
        status: 'completed',
        conclusion: 'success',
        title: 'It is live',
        detailsUrl: `${PUBLIC_URL}${live.logPath}`,
        buttons: [{ identifier: 'roll-back', label: 'Roll back' }],
      },
    ]);
    expect(ours(live)[0]?.summary).toBe(
      `| | |\n| --- | --- |\n| Version | a \\| b |\n\n[Details in Landfall](${PUBLIC_URL}${live.logPath})`,
    );
  });

  test('edits what waits in place, and takes its buttons away [E11][A7]', async () => {
    const waits = request({ conclusion: 'action_required', buttons: ['approve', 'reject'], title: 'It waits' });
    const checkRunId = await show(waits);
    const ended = { ...waits, checkRunId, conclusion: 'cancelled', buttons: [], title: 'Cancelled' } as const;
    expect(await callsOf(() => show(ended))).toEqual(['checks/update']);
    expect(ours(waits)).toMatchObject([{ id: checkRunId, conclusion: 'cancelled', title: 'Cancelled', buttons: [] }]);
  });

  test('finds again what an attempt whose answer was lost has created, or somebody else [E11][F1]', async () => {
    const lost = request();
    github.fault({ operation: 'checks/create', when: 'after', answer: serverError() });
    expect(await failureIn(attempt(1, () => activities.showCheck(lost)))).toMatchObject({ type: 'GitHubUnavailable' });
    const id = await attempt(2, () => activities.showCheck(lost));
    expect(await show({ ...lost, mayExist: true, title: 'Again' })).toBe(id);
    expect(ours(lost)).toMatchObject([{ id, title: 'Again' }]);
  });

  test('never lets what has ended wait again, however late the report [E11][A3]', async () => {
    const live = request();
    const checkRunId = await show(live);
    const late = { ...live, conclusion: 'action_required', buttons: ['approve'], title: 'It waits' } as const;
    expect(await show({ ...late, checkRunId })).toBe(checkRunId);
    expect(await show({ ...late, mayExist: true })).toBe(checkRunId);
    expect(ours(live)).toMatchObject([{ conclusion: 'success', title: 'It is live' }]);
  });

  test('keeps to what GitHub allows of buttons and texts, and shows a message as it is [E11]', async () => {
    const message = `\`\`\` @everyone ${'x'.repeat(9_999)}`;
    const long = request({ title: 't'.repeat(999), message, buttons: CHECK_BUTTONS, conclusion: 'action_required' });
    await show(long);
    const [run] = ours(long);
    expect(run?.title).toHaveLength(255);
    expect(run?.summary).toContain('````text\n``` @everyone');
    expect(run?.summary?.length).toBeLessThan(4_000);
    for (const { label, identifier, description } of run?.buttons ?? []) {
      expect([label.length <= 20, identifier.length <= 20, description.length <= 40]).toEqual([true, true, true]);
    }
    expect(run?.buttons).toHaveLength(3);
  });

  test('lists what is ours in a suite: the newest of each name, deployments first [B1]', async () => {
    const other = await work.commit({ 'a.txt': 'a' }, 'Another');
    await work.push();
    const [waits, live] = [request({ commit: other }), request({ commit: other })];
    const build = `shop.web.${String(number)}`;
    await asActivity(() =>
      activities.openBuildCheck({
        origin,
        buildId: build,
        commit: other,
        name: checkName('Landfall: web'),
        title: 'b',
        logPath: '/',
      }),
    );
    await show(waits);
    const checkRunId = await show(live);
    const refused = await show(request({ commit: other, externalId: `refused.${other}`, name: checkName('Landfall') }));
    const checkSuiteId = github.checkRuns().find(({ headSha }) => headSha === other)?.id ?? '';
    const listed = await asActivity(() => activities.checksOfSuite({ origin, checkSuiteId }));
    expect(listed).toEqual([
      { checkRunId, subject: { kind: 'deployment', id: live.externalId.slice('deployment/'.length) } },
      { checkRunId: refused, subject: { kind: 'commit', id: other, refused: true } },
      { checkRunId: checkSuiteId, subject: { kind: 'build', id: build } },
    ]);
  });

  test('lists all of a suite that GitHub gives in several pages [B1]', async () => {
    const other = await work.commit({ 'a.txt': 'b' }, 'Many services');
    await work.push();
    const shown = Array.from({ length: 101 }, (_, index) =>
      request({ commit: other, name: environmentCheckName({ service: `web-${index}`, environment: 'production' }) }),
    );
    for (const each of shown) await show(each);
    const checkSuiteId = github.checkRuns().find(({ headSha }) => headSha === other)?.id ?? '';
    const list = () => asActivity(() => activities.checksOfSuite({ origin, checkSuiteId }));
    const listed = (await list()).map(({ subject }) => `deployment/${subject.id}`);
    expect(listed.toSorted()).toEqual(shown.map(({ externalId }) => externalId).toSorted());
    expect(await callsOf(list)).toEqual(['checks/list-for-suite', 'checks/list-for-suite']);
  });

  test('without the permission says which one is missing [E11]', async () => {
    github.setPermissions(repository.installationId, { deployments: 'write', metadata: 'read' });
    github.revokeTokens();
    expect((await failureIn(show(request()))).type).toMatch(/^GitHub/);
  });
});
