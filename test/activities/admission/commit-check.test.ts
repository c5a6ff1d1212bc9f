/** The verdict on a commit for a merge queue and a pull request, on the stand-in. */
import { describe, expect, test } from '@jest/globals';
import { createVerdictActivities } from '../../../activities/github/commit-check.ts';
import type { Actor } from '../../../contracts/core/actor.ts';
import { declareService, saveServices } from '../../../store/queries/services.ts';
import type { CommitVerdict } from '../../../contracts/github/commit-check.ts';
import { asActivity, failureIn } from '../github/scene.ts';
import { FILE, startDeliveryScene } from './scene.ts';
import { podmanTarget } from '../../support/targets/podman.ts';

const { client, db, github, land, origin, plan, push, validate } = await startDeliveryScene({
  absentHosts: ['ghost'],
});
const { reportVerdict } = createVerdictActivities(client, 'https://landfall.example');

const report = (verdict: CommitVerdict | null) =>
  asActivity(async () => {
    if (!verdict) throw new Error('nothing to report');
    await reportVerdict(verdict);
  });
const shown = (commit: string) =>
  github
    .checkRuns()
    .filter(({ headSha }) => headSha === commit)
    .map(({ name, status, conclusion, title }) => ({ name, status, conclusion, title }));

describe('the check `landfall` of a commit', () => {
  test('is a success when its landfall.yaml is valid, and lists the services [C4]', async () => {
    const commit = await land({ 'landfall.yaml': FILE }, { ref: 'gh-readonly-queue/main/pr-1' });
    const verdict = await validate(commit);
    expect(verdict).toMatchObject({
      origin,
      commit,
      conclusion: 'success',
      summary: 'It declares:\n- `shop/web`\n- `shop/api`',
    });
    await report(verdict);
    expect(shown(commit)).toEqual([
      { name: 'landfall', status: 'completed', conclusion: 'success', title: 'landfall.yaml is valid' },
    ]);
  });

  test('is told once however often it is told, and a later verdict takes its place [F1]', async () => {
    const commit = await land({ 'a.txt': '1' }, { ref: 'gh-readonly-queue/main/pr-2' });
    const verdict = await validate(commit);
    github.fault({ operation: 'checks/create', when: 'after', answer: { status: 502, body: {} } });
    await failureIn(report(verdict));
    await report(verdict);
    await report(verdict && { ...verdict, conclusion: 'failure', title: 'Changed' });
    expect(shown(commit)).toMatchObject([{ conclusion: 'failure', title: 'Changed' }]);
  });

  test('is a failure with line and column when its landfall.yaml cannot be used [C4]', async () => {
    const commit = await land(
      { 'landfall.yaml': 'version: 1\nservices: { web: { run: { port: 0 } } }\n' },
      { ref: 'broken' },
    );
    const verdict = await validate(commit);
    expect(verdict).toMatchObject({ conclusion: 'failure', summary: expect.stringContaining('landfall.yaml:2:') });
    await report(verdict);
    expect(shown(commit)).toMatchObject([{ conclusion: 'failure', title: 'landfall.yaml cannot be used' }]);
  });

  test('shows what a stranger has written as text, whatever it holds [A4][C4]', async () => {
    const key = '"```\\n\\n@acme/everyone [sign in](https://evil.test) ![p](https://evil.test/p.png)\\n\\n```"';
    const commit = await land(
      { 'landfall.yaml': `version: 1\n${key}: 1\nservices: { web: {} }\n` },
      { ref: 'hostile' },
    );
    const verdict = await validate(commit);
    const [fence = ''] = /^`+/.exec(verdict?.summary ?? '') ?? [];
    expect(fence.length).toBeGreaterThan(3);
    expect(verdict?.summary.split(fence)).toHaveLength(3);
    expect(verdict?.summary).toContain('@acme/everyone');
  });

  test('is a success for a commit that Landfall has nothing to do with: it must not hold up the queue [C4]', async () => {
    const commit = await land({ 'landfall.yaml': null }, { ref: 'none' });
    expect(await validate(commit)).toMatchObject({ conclusion: 'success', title: 'Nothing to deploy' });
  });

  test('is a failure where the file has another name, with the right one; so is what a push is told [C4][F6]', async () => {
    await land({ 'landfall.yaml': FILE });
    const commit = await land({ 'landfall.yaml': null, 'landfall.yml': FILE }, { ref: 'next' });
    const rename = expect.stringContaining('no landfall.yaml, but landfall.yml: rename it to landfall.yaml') as unknown;
    expect(await validate(commit)).toMatchObject({ conclusion: 'failure', summary: rename });
    expect(await push('next')).toMatchObject({ releases: [], skipped: [rename] });
    await land({ 'landfall.yml': null });
  });
});

describe('a file that is valid and will hardly do what it says', () => {
  test('is a success that warns of what the commit tells; hosts, teams and other projects only a plan names [A4][C4][F6]', async () => {
    const podman = '{ podman: { hosts: [one, ghost], publish: { web: 20080 } } }';
    const text = `version: 1
project: shop
services:
  web: { build: { builder: dockerfile, dockerfile: web.Dockerfile } }
  api: {}
environments:
  staging:
    ci: .github/workflows/ci.yml
    approval: { from: { users: [ann], teams: [acme/leads] }, count: 4 }
    target: ${podman}
  production:
    approval: { from: { teams: [acme/ledas] } }
    target: { podman: { hosts: [one], publish: { web: 30080 } } }
`;
    github.setTeam('acme/leads', ['ann', 'bob']);
    github.setPermissions(origin.installationId, {
      contents: 'read',
      members: 'read',
      checks: 'write',
      metadata: 'read',
    });
    github.revokeTokens();
    const target = podmanTarget(['one'], { strategy: 'recreate', publishPort: 30_080 });
    await declareService(db, {
      project: 'blog',
      service: 'web',
      cloneUrl: 'https://git.test/blog.git',
      branch: 'main',
    });
    await saveServices(db, 'blog', [
      {
        ...{ service: 'web', branch: 'main', settings: null },
        environments: [{ settings: { name: 'live', production: true, target }, branch: 'main', autoDeploy: true }],
      },
    ]);
    const commit = await land({ 'landfall.yaml': text, Dockerfile: 'FROM scratch\n' }, { ref: 'unlikely' });
    const asked = github.calls().length;
    const verdict = await validate(commit);
    expect(verdict).toMatchObject({ conclusion: 'success', title: 'landfall.yaml is valid, with 3 warnings' });
    const lines = verdict?.summary.split('\n').filter((line) => line.startsWith('landfall.yaml:')) ?? [];
    expect(lines.toSorted()).toEqual(
      [
        'landfall.yaml:4:40: services.web.build.dockerfile: there is no file web.Dockerfile',
        'landfall.yaml:5:3: services.api: no environment publishes it, so it is deployed nowhere',
        'landfall.yaml:8:5: environments.staging.ci: there is no file .github/workflows/ci.yml',
      ].toSorted(),
    );
    expect(verdict?.summary).not.toMatch(/ghost|blog|acme|approve/);
    expect(
      github
        .calls()
        .slice(asked)
        .filter(({ path }) => path.includes('/teams/')),
    ).toEqual([]);

    await land({ 'landfall.yaml': text });
    await push('main');
    github.setRole(origin.repositoryId, 'ann', 'admin');
    const ann = { kind: 'github', name: 'ann' } as const;
    const { warnings = [] } = await plan({ environment: 'production', actor: ann });
    expect(warnings.toSorted()).toEqual(
      [
        ...lines,
        'landfall.yaml:12:5: environments.production.approval: GitHub knows no members of acme/ledas',
        'landfall.yaml:13:50: environments.production.target.podman.publish.web: port 30080 of one is that of blog.web.live: use another one',
        'landfall.yaml:10:38: environments.staging.target.podman.hosts.1: no worker of a host ghost asks for work: is that its name, and does it run?',
        'landfall.yaml:9:5: environments.staging.approval: 4 people have to approve, and 3 may',
      ].toSorted(),
    );
    expect(await plan({ environment: 'production' })).toMatchObject({
      releases: [{ environments: [{ name: 'production' }] }],
    });

    // GitHub shows a team to its members; whether there is one of a name, to the repository's administrators.
    const teamsTold = async (actor: Actor) => {
      const told = await plan({ environment: 'production', actor });
      return (told.warnings ?? []).filter((line) => line.includes('.approval: '));
    };
    for (const [name, role] of [
      ['eve', 'read'],
      ['kim', 'write'],
    ] as const) {
      github.setRole(origin.repositoryId, name, role);
      expect(await teamsTold({ kind: 'github', name })).toEqual([]);
    }
    expect(await teamsTold({ kind: 'token', name: 'ann' })).toEqual([]);
    github.setRole(origin.repositoryId, 'bob', 'read');
    expect(await teamsTold({ kind: 'github', name: 'Bob' })).toEqual([
      'landfall.yaml:9:5: environments.staging.approval: 4 people have to approve, and 3 may',
    ]);
  });
});

describe('while the installation is not there', () => {
  test('a push of a suspended one is skipped at once, with what to do, and nothing is checked [B1][E1]', async () => {
    const commit = await land({ 'landfall.yaml': FILE });
    github.suspendInstallation(origin.installationId, true);
    expect(await push('main')).toMatchObject({
      releases: [],
      skipped: [expect.stringContaining('is suspended: its owner can take it up again')],
      decisions: [{ reason: 'installation_suspended' }],
    });
    expect(await validate(commit)).toBeNull();
    github.suspendInstallation(origin.installationId, false);
    expect((await push('main')).releases).toHaveLength(2);
  });

  test('a push of one that was removed is skipped [B1][E1]', async () => {
    github.removeInstallation(origin.installationId);
    expect(await push('main')).toMatchObject({ releases: [], decisions: [{ reason: 'installation_deleted' }] });
  });
});
