import { afterEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { issueMarker } from '../../../activities/github/issue-text.ts';
import type { FailedDeployment, RecoveredDeployment } from '../../../activities/github/github.port.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import { serverError } from '../../../stand-ins/github/faults.ts';
import { PUBLIC_URL, attempt, failureIn, startScene } from './scene.ts';

const { github, origin, commit, activities, repository, callsOf } = await startScene();
const CREATE = 'issues/create';
const COMMENT = 'issues/create-comment';
const UPDATE = 'issues/update';
const GRANTED = { checks: 'write', contents: 'read', deployments: 'write', issues: 'write', metadata: 'read' } as const;
const DIGEST = `sha256:${'d'.repeat(64)}`;

afterEach(() => github.setPermissions(repository.installationId, GRANTED));

/** An environment that no other test has. */
let environments = 0;
function keyOf(service = 'web'): EnvironmentKey {
  environments += 1;
  return { project: 'shop', service, environment: `env-${environments}` };
}
let deployments = 0;
function failed(key: EnvironmentKey, changes: Partial<FailedDeployment> = {}): FailedDeployment {
  return {
    ...landed(key),
    digest: DIGEST,
    outcome: 'rolled_back',
    failure: { type: 'Unhealthy', message: 'GET /health was answered 503.' },
    before: null,
    ...changes,
  };
}
function landed(key: EnvironmentKey): RecoveredDeployment {
  deployments += 1;
  const deploymentId = `${key.project}.${key.service}.${key.environment}.${deployments}`;
  return { origin, key, deploymentId, commit, logPath: `/deployments/${deploymentId}`, mayBeTold: false };
}

const tell = (about: FailedDeployment, at = 1) => attempt(at, () => activities.openFailureIssue(about));
const land = (about: RecoveredDeployment, at = 1) => attempt(at, () => activities.closeFailureIssues(about));
const issuesOf = (key: EnvironmentKey) => github.issues().filter(({ labels }) => labels.includes(key.environment));
const countOf = (calls: readonly string[], operation: string) => calls.filter((call) => call === operation).length;

describe('a failed deployment', () => {
  test('opens one issue with environment, version, commit, run, rollback and message, and its labels [E8]', async () => {
    const key = keyOf();
    const about = failed(key, { before: 'b'.repeat(40) });
    expect(await tell(about)).toBe(true);
    const [issue, ...more] = issuesOf(key);
    expect(more).toEqual([]);
    expect(issue).toMatchObject({
      title: `shop/web cannot be deployed to ${key.environment}: Unhealthy`,
      author: 'landfall[bot]',
      state: 'open',
    });
    expect(new Set(issue?.labels)).toEqual(new Set(['deployment', 'rollback', 'urgent', key.environment]));
    const page = `${PUBLIC_URL}/deployments/${about.deploymentId}`;
    expect(issue?.body?.split('\n')).toEqual(
      expect.arrayContaining([
        `| Environment | ${key.environment} |`,
        `| Version | \`${commit.slice(0, 7)}\` (\`${DIGEST}\`) |`,
        `| Commit | [\`${commit.slice(0, 7)}\`](${github.url}/acme/web/commit/${commit}) |`,
        `| Deployment | [\`${about.deploymentId}\`](${page}) |`,
        '| Rollback | Done: what ran before (`bbbbbbb`) is running again |',
        'GET /health was answered 503.',
      ]),
    );
    const colours = github.labels().filter(({ name }) => issue?.labels.includes(name));
    expect(colours.map(({ name, color }) => [name, color])).toEqual([
      [key.environment, 'c5def5'],
      ['deployment', '1d76db'],
      ['rollback', 'd93f0b'],
      ['urgent', 'b60205'],
    ]);
  });

  test('of a service that is called otherwise now has the name of now, under the marker of ever [B4][E8]', async () => {
    const key = keyOf();
    await tell(failed(key, { called: { project: 'store', service: 'frontend' } }));
    const [issue] = issuesOf(key);
    expect(issue?.title).toBe(`store/frontend cannot be deployed to ${key.environment}: Unhealthy`);
    expect(issue?.body).toContain('A deployment of **store/frontend** to');
    expect(issue?.body).toContain(issueMarker(key, 'Unhealthy').trim());
    expect(await land(landed(key))).toBe(true);
    expect(issuesOf(key)).toMatchObject([{ state: 'closed' }]);
  });

  test.each([
    ['failed', 'Not needed: nothing was touched, what ran before never stopped', 'push a fix'],
    ['rolled_back', 'Done: what ran before is running again', 'push a fix'],
    ['rollback_failed', '**Failed: a person is needed**', 'look at what runs on the hosts'],
  ] as const)('says of a rollback that is %s how it went, and what to do [E8]', async (outcome, words, todo) => {
    const key = keyOf();
    await tell(failed(key, { outcome }));
    const body = issuesOf(key)[0]?.body ?? '';
    expect(body).toContain(`| Rollback | ${words} |`);
    expect(body).toContain(todo);
  });

  test('that is live and crashes in a loop is told of as such, once, and closed by the next success [E8]', async () => {
    const key = keyOf();
    const crashing = { outcome: 'crash_loop', failure: { type: 'CrashLoop', message: 'alpha: 4 times' } } as const;
    const about = failed(key, { ...crashing, mayBeTold: true });
    await tell(about);
    await tell(about);
    const [issue, ...more] = issuesOf(key);
    expect(more).toEqual([]);
    expect(issue).toMatchObject({
      title: `shop/web crashes again and again in ${key.environment}: CrashLoop`,
      comments: [],
    });
    for (const part of ['ends and is started again', 'alpha: 4 times', 'A person has to decide', 'roll back'])
      expect(issue?.body).toContain(part);
    await tell(failed(key, crashing));
    expect(issuesOf(key)[0]?.comments.map(({ body }) => body)).toEqual([
      expect.stringContaining('Another version crashes again and again.'),
    ]);
    await land(landed(key));
    expect(issuesOf(key)[0]?.state).toBe('closed');
  });

  test('that is live and does not serve is told of as such, and closed once by its serving again, which leaves other issues open [E8]', async () => {
    const key = keyOf();
    const down = {
      outcome: 'not_serving',
      failure: { type: 'NotServing', message: 'alpha: its container is paused.' },
    } as const;
    const about = failed(key, { ...down, mayBeTold: true });
    await tell(failed(key, { outcome: 'rolled_back' }));
    await tell(about);
    await tell(about);
    const [other, issue, ...more] = issuesOf(key);
    expect(more).toEqual([]);
    expect(issue).toMatchObject({ title: `shop/web does not serve in ${key.environment}: NotServing`, comments: [] });
    for (const part of [
      'does not serve',
      'its container is paused.',
      'A person has to look',
      'so does its serving again',
    ])
      expect(issue?.body).toContain(part);

    const recovered = { ...landed(key), deploymentId: about.deploymentId, mayBeTold: true };
    const serve = (at = 1) => attempt(at, () => activities.closeOutageIssue(recovered));
    // The comment was taken, and only the answer was lost.
    github.fault({ operation: COMMENT, when: 'after', answer: serverError() });
    expect((await failureIn(serve())).type).toBe('GitHubUnavailable');
    expect(await serve(2)).toBe(true);
    expect(await serve(3)).toBe(true);
    const now = () => issuesOf(key).map(({ state, comments }) => [state, comments.map(({ body }) => body)]);
    expect(now()).toEqual([
      ['open', []],
      ['closed', [expect.stringMatching(/serves again in env-\d+: .*Nothing was deployed meanwhile\.$/)]],
    ]);

    // The next outage of the same version is another issue; a deployment that succeeds closes both.
    await tell(about);
    expect(issuesOf(key)).toHaveLength(3);
    await land(landed(key));
    expect(issuesOf(key).map(({ state }) => state)).toEqual(['closed', 'closed', 'closed']);
    expect(other?.number).not.toBe(issue?.number);
  });

  test('leaves labels that are there as they are [E8]', async () => {
    const key = keyOf();
    github.openIssue(repository.id, {
      author: 'octocat',
      title: 'Hi',
      body: '',
      labels: [key.environment.toUpperCase()],
    });
    await tell(failed(key));
    const own = github.labels().filter(({ name }) => name.toLowerCase() === key.environment);
    expect(own).toMatchObject([{ name: key.environment.toUpperCase(), color: 'ededed' }]);
    expect(issuesOf(key)).toHaveLength(1);
  });

  test('comments on the issue when it happens again, once for each deployment [E8]', async () => {
    const key = keyOf();
    const [first, second, third] = [failed(key), failed(key), failed(key, { outcome: 'failed' })];
    await tell(first);
    const calls = await callsOf(async () => {
      await tell(second);
      await tell(third);
    });
    expect([CREATE, COMMENT, 'issues/create-label'].map((one) => countOf(calls, one))).toEqual([0, 2, 0]);
    for (const about of [first, second, third]) {
      await tell(about, 2);
      await tell({ ...about, mayBeTold: true });
    }
    const [issue] = issuesOf(key);
    expect(issuesOf(key)).toHaveLength(1);
    expect(issue?.comments.map(({ body }) => body)).toEqual([
      expect.stringContaining(`(${PUBLIC_URL}/deployments/${second.deploymentId})`),
      expect.stringContaining('| Rollback | Not needed'),
    ]);
  });

  test('is told twice when its cause is another, or its service [E8]', async () => {
    const key = keyOf();
    await tell(failed(key));
    await tell(failed(key, { failure: { type: 'PortTaken', message: 'port 80 is taken' } }));
    await tell(failed({ ...key, service: 'api' }));
    expect(issuesOf(key).map(({ title }) => title)).toEqual([
      `shop/web cannot be deployed to ${key.environment}: Unhealthy`,
      `shop/web cannot be deployed to ${key.environment}: PortTaken`,
      `shop/api cannot be deployed to ${key.environment}: Unhealthy`,
    ]);
  });

  test.each([
    ['an answer that was lost', { answer: serverError() }],
    ['a connection that broke', { hangUp: true }],
  ])('is told once in spite of %s [E8][F1]', async (_, trouble) => {
    const key = keyOf();
    const [first, second] = [failed(key), failed(key)];
    for (const [about, operation] of [
      [first, CREATE],
      [second, COMMENT],
    ] as const) {
      github.fault({ operation, when: 'after', ...trouble });
      expect(await failureIn(tell(about, 1))).toMatchObject({ type: 'GitHubUnavailable' });
      expect(await tell(about, 2)).toBe(true);
    }
    expect(issuesOf(key).map(({ comments }) => comments.length)).toEqual([1]);
  });

  test('does not take for ours what somebody else wrote, and leaves it alone [E8]', async () => {
    const key = keyOf();
    const labels = ['deployment', key.environment];
    const body = `${issueMarker(key, 'Unhealthy')}Mine!`;
    const theirs = github.openIssue(repository.id, { author: 'mallory', title: 'Mine', body, labels });
    await tell(failed(key));
    await tell(failed(key));
    await land(landed(key));
    expect(theirs).toMatchObject({ state: 'open', comments: [] });
    expect(issuesOf(key).map(({ author, state }) => [author, state])).toEqual([
      ['mallory', 'open'],
      ['landfall[bot]', 'closed'],
    ]);
  });

  test('is found again among more issues and comments than one page holds [E8]', async () => {
    const key = keyOf();
    const labels = ['deployment', key.environment];
    for (let n = 0; n < 120; n += 1) {
      github.openIssue(repository.id, { author: 'octocat', title: `${n}`, body: '', labels });
    }
    const [first, second] = [failed(key), failed(key)];
    await tell(first);
    const ours = issuesOf(key).at(-1);
    const theirs = { author: 'octocat', body: 'me too', createdAt: 0, updatedAt: 0, reactions: [] };
    for (let id = 1; id <= 120; id += 1) ours?.comments.push({ ...theirs, id: String(id) });
    await tell(second);
    await tell(second, 2);
    expect([issuesOf(key).length, ours?.comments.length]).toEqual([121, 121]);
  });

  test.each([
    [
      'ends no fence and names nobody',
      'a\n```\n@octocat <!-- landfall:issue -->\n````',
      '\n`````text\na\n```\n@octocat',
    ],
    ['holds no token', `token ghs_${'a'.repeat(36)}`, 'text\ntoken ***\n'],
    ['holds no control characters', 'a\u001b[31mred\u0000', 'text\na[31mred\n'],
  ])('shows a message that %s [E8][B6]', async (_, message, shown) => {
    const key = keyOf();
    await tell(failed(key, { failure: { type: 'Unhealthy', message } }));
    expect(issuesOf(key)[0]?.body).toContain(shown);
  });

  test('cuts a message that nobody would read to its end [E8]', async () => {
    const key = keyOf();
    await tell(failed(key, { failure: { type: 'Unhealthy', message: 'x'.repeat(100_000) } }));
    expect(issuesOf(key)[0]?.body?.length).toBeLessThan(5_000);
  });
});

describe('a deployment that lands', () => {
  test('closes every issue of its environment with a link to it, and no other [E8]', async () => {
    const [key, other] = [keyOf(), keyOf()];
    await tell(failed(key));
    await tell(failed(key, { failure: { type: 'PortTaken', message: 'port 80 is taken' } }));
    await tell(failed({ ...key, service: 'api' }));
    await tell(failed(other));
    const about = landed(key);
    expect(await land(about)).toBe(true);
    expect(issuesOf(key)).toMatchObject([
      { state: 'closed', stateReason: 'completed' },
      { state: 'closed', stateReason: 'completed' },
      { title: `shop/api cannot be deployed to ${key.environment}: Unhealthy`, state: 'open', comments: [] },
    ]);
    for (const { comments } of issuesOf(key).slice(0, 2)) {
      expect(comments).toMatchObject([
        {
          body: expect.stringContaining(`[\`${about.deploymentId}\`](${PUBLIC_URL}/deployments/${about.deploymentId})`),
        },
      ]);
    }
    expect(issuesOf(other)).toMatchObject([{ state: 'open' }]);
  });

  test.each([
    [COMMENT, 'after'],
    [UPDATE, 'before'],
    [UPDATE, 'after'],
  ] as const)('says so once although %s failed %s it was done [E8][F1]', async (operation, when) => {
    const key = keyOf();
    await tell(failed(key));
    await tell(failed(key, { failure: { type: 'PortTaken', message: 'port 80 is taken' } }));
    const about = landed(key);
    github.fault({ operation, when, answer: serverError() });
    expect(await failureIn(land(about, 1))).toMatchObject({ type: 'GitHubUnavailable' });
    expect(await land(about, 2)).toBe(true);
    expect(issuesOf(key).map(({ state, comments }) => [state, comments.length])).toEqual([
      ['closed', 1],
      ['closed', 1],
    ]);
  });

  test('closes nothing twice; the next failure opens a new issue [E8]', async () => {
    const key = keyOf();
    await tell(failed(key));
    await land(landed(key));
    expect((await callsOf(() => land(landed(key)))).filter((call) => [COMMENT, UPDATE].includes(call))).toEqual([]);
    await tell(failed(key));
    expect(issuesOf(key).map(({ state }) => state)).toEqual(['closed', 'open']);
  });
});

describe('where GitHub takes no issues from us', () => {
  /** The result and the log. */
  async function givenUp(work: () => Promise<boolean>) {
    const lines: string[] = [];
    const logger = new DefaultLogger('WARN', ({ message }) => void lines.push(message));
    const told = await new MockActivityEnvironment({ attempt: 1 }, { logger }).run<[], boolean, typeof work>(work);
    return { told, lines };
  }

  test('without the permission, it is given up with a line that says what to grant [E8]', async () => {
    github.setPermissions(repository.installationId, { contents: 'read', metadata: 'read' });
    github.revokeTokens();
    const key = keyOf();
    for (const work of [
      () => activities.openFailureIssue(failed(key)),
      () => activities.closeFailureIssues(landed(key)),
      () => activities.closeOutageIssue(landed(key)),
    ]) {
      const { told, lines } = await givenUp(work);
      expect(told).toBe(false);
      expect(lines).toEqual([expect.stringMatching(/given up for this deployment.*Grant the App issues: write/)]);
    }
    expect(issuesOf(key)).toEqual([]);
  });

  test('where they are switched off, it is given up with a line that says so [E8]', async () => {
    const body = { message: 'Issues has been disabled in this repository.' };
    github.fault({ operation: 'issues/list-for-repo', answer: { status: 410, body } });
    const { told, lines } = await givenUp(() => activities.openFailureIssue(failed(keyOf())));
    expect(told).toBe(false);
    expect(lines).toEqual([expect.stringContaining('Issues has been disabled')]);
  });
});
