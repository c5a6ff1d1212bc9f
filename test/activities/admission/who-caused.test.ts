/** The people behind a release: an event may be processed when the head is already another person's. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { retryTrigger } from '../../../api/operations/retry.ts';
import { recordReleaseResult } from '../../../store/queries/record-release.ts';
import { createWorkCopy, type WorkCopy } from '../../../stand-ins/github/work-copy.ts';
import { tempDir } from '../../support/tmp.ts';
import { recordAsLive } from './recorded-live.ts';
import { CI, startDeliveryScene } from './scene.ts';

const FILE = `
version: 1
project: shop
services: { web: { run: { port: 8080 } } }
environments:
  staging: { target: { podman: { hosts: [one], publish: { web: 20080 } } } }
  tested: { branch: tested, ci: ${CI}, target: { podman: { hosts: [one], publish: { web: 21080 } } } }
  production:
    autoDeploy: false
    approval: { from: { users: [ann, ben] } }
    target: { podman: { hosts: [one], publish: { web: 30080 } } }
`;
const person = (name: string) => ({ kind: 'github', name }) as const;
const [ann, ben, queue, nobody] = [person('ann'), person('ben'), person('github-merge-queue[bot]'), person('github')];

const { github, repository, work, push, ended, request, land, admit, db } = await startDeliveryScene();
const copies = new Map<string, WorkCopy>();

beforeAll(async () => {
  await land({ 'landfall.yaml': FILE });
  await push('main');
  for (const login of ['ann', 'ben', queue.name]) {
    const copy = await createWorkCopy(join(tempDir(), 'work'), github.pushUrlOf(repository.id, login), login);
    copies.set(login, copy);
  }
});

/** A person commits on top of a branch and pushes. */
async function lands(login: string, ref = 'main'): Promise<string> {
  const copy = copies.get(login) ?? work;
  await copy.git('fetch', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*');
  const from = await copy.git('rev-parse', '--verify', `origin/${ref}`).catch(() => 'origin/main');
  await copy.git('reset', '--quiet', '--hard', from);
  const commit = await copy.commit({ [`${login.replaceAll(/\W/g, '-')}.txt`]: String(Math.random()) }, `By ${login}`);
  await copy.push({ ref });
  await github.webhooksSent();
  return commit;
}

const behind = ({ actor, alsoBy, authors }: { actor: unknown; alsoBy?: unknown; authors?: unknown }) => ({
  actor,
  ...(alsoBy !== undefined && { alsoBy }),
  ...(authors !== undefined && { authors }),
});

describe('a push that is looked at when somebody else has pushed as well', () => {
  test('is released in the name of whoever moved the branch there [B4][E2][E9]', async () => {
    const first = await lands('ann');
    const second = await lands('ben');
    const { releases } = await push('main', { actor: ann, commit: first });
    expect(releases.map(({ commit }) => commit)).toEqual([second]);
    expect(releases.map(behind)).toEqual([{ actor: ben }]);
  });

  test('is in its own name when nobody has [B4]', async () => {
    const commit = await lands('ann');
    expect((await push('main', { actor: ann, commit })).releases.map(behind)).toEqual([{ actor: ann }]);
  });

  test('is asked about too where the event does not say what was pushed, as for a head that is found [B4][E2]', async () => {
    await lands('ben');
    expect((await push('main', { actor: nobody })).releases.map(behind)).toEqual([{ actor: ben }]);
  });
});

test("a program's push has behind it everybody whose commits it brings [B4][E2]", async () => {
  const copy = copies.get(queue.name) ?? work;
  await copy.git('fetch', '--quiet', 'origin', 'main');
  await copy.git('reset', '--quiet', '--hard', 'FETCH_HEAD');
  for (const login of ['ann', 'ben']) {
    await copy.git(
      '-c',
      `user.name=${login}`,
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      login,
      '--author',
      `${login} <${login}@example.com>`,
    );
  }
  await copy.push();
  const commit = await copy.git('rev-parse', 'HEAD');
  const { releases } = await push('main', { actor: queue, commit });
  expect(releases.map(behind)).toEqual([{ actor: queue, authors: expect.arrayContaining([ann, ben]) }]);
});

test('where GitHub does not tell who it was, it is nobody, and all who may have been are behind it [B4][E2][E9]', async () => {
  const first = await lands('ann');
  await lands('ben');
  const refusal = { status: 403, body: { message: 'Resource not accessible by integration' } };
  github.fault({ operation: 'repos/list-activities', answer: refusal });
  const { releases } = await push('main', { actor: ann, commit: first });
  expect(releases.map(behind)).toEqual([{ actor: nobody, authors: [ann, ben] }]);
});

describe('a CI workflow', () => {
  test('releases in the name of whoever pushed; whoever ran it again caused it as well [E1][E9]', async () => {
    const commit = await lands('ann', 'tested');
    const { releases } = await ended(commit, { branch: 'tested', actor: ben });
    expect(releases.map(behind)).toEqual([{ actor: ann, alsoBy: [ben] }]);
  });

  test('of an older commit, too [E1]', async () => {
    const commit = await lands('ben', 'tested');
    await lands('ann', 'tested');
    const { releases } = await ended(commit, { branch: 'tested', actor: ben });
    expect(releases.map(behind)).toEqual([{ actor: ben }]);
  });
});

describe('what somebody asks for', () => {
  test('has behind it who pushed and who wrote it, where they must not approve it themselves [E2]', async () => {
    const commit = await lands('ben');
    await push('main', { actor: ann, commit });
    const by = { environment: 'production', actor: { kind: 'token', name: 'ci' } } as const;
    const asked = [await request({ ...by, ref: commit }), await request({ ...by, ref: 'main' }), await request(by)];
    for (const { releases } of asked) {
      expect(releases).toMatchObject([{ actor: by.actor, authors: expect.arrayContaining([ben]) }]);
    }
  });

  /** An order by a person who has neither written nor pushed anything. */
  const order = { requestKey: 'request/cat', actor: person('cat') } as const;

  test('by retrying a release has behind it whose work it brings, whoever asked for it before [B4][E2]', async () => {
    const commit = await lands('ben');
    const asked = await request({ environment: 'production', ref: commit, actor: ann });
    const [before] = asked.releases;
    if (!before) throw new Error('nothing was released');
    const result = { outcome: 'failed', stages: [] } as const;
    await recordReleaseResult(db, { releaseId: before.releaseId, at: 1, result });

    const trigger = await retryTrigger({ store: { db, ping: async () => {} } }, before.releaseId, order);
    const { releases } = await admit(trigger);

    expect(releases).toMatchObject([{ commit, actor: order.actor, environments: [{ name: 'production' }] }]);
    expect(releases.map(({ authors }) => authors)).toEqual([[ben]]);
  });

  test('by promoting has behind it whose work is live in the environment before, whatever the head is by then [B4][E2]', async () => {
    const commit = await lands('ben');
    const [pushed] = (await push('main', { actor: ben, commit })).releases;
    if (!pushed) throw new Error('nothing was released');
    await recordAsLive(db, pushed, 'staging');
    await lands('ann');

    const promotion = { kind: 'promote', ...pushed.key, environment: 'production', ...order } as const;
    const { releases } = await admit({ ...promotion, requestKey: 'request/promoted' });

    expect(releases).toMatchObject([{ commit, actor: order.actor, environments: [{ name: 'production' }] }]);
    expect(releases.map(({ authors }) => authors)).toEqual([[ben]]);
  });

  test('is nobody else’s where everybody may approve, and costs no look then [E2]', async () => {
    expect((await request({ environment: 'staging' })).releases.map(behind)).toEqual([
      { actor: { kind: 'token', name: 'ci' } },
    ]);
  });
});
