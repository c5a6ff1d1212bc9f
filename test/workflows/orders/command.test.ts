import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { environmentWorkflowId } from '../../../contracts/core/ids.ts';
import { RollbackTarget } from '../../../contracts/http/people.ts';
import { environmentState } from '../../../workflows/messages/environment.messages.ts';
import { eventually } from '../../support/eventually.ts';
import { serverError } from '../../../stand-ins/github/faults.ts';
import { hangs } from '../../support/simulation/faults.ts';
import { signed } from '../../api/harness.ts';
import { LANDFALL_YAML, only, startCommandStage } from './command-stage.ts';

const stage = await startCommandStage();
let head = await stage.push({ 'a.txt': 'a' }, 'feature');
const pull = stage.openPull('feature');

const KEY = { project: 'shop', service: 'web' };
const now = (environment: string) =>
  stage.world.client.workflow.getHandle(environmentWorkflowId({ ...KEY, environment })).query(environmentState);
const rollbackTargets = async () =>
  z
    .array(RollbackTarget)
    .parse(await (await stage.api.ask('/api/environments/shop/web/production/rollback-targets')).json());
const serving = (environment: string) => stage.world.hosts.get('host-a')?.serving({ ...KEY, environment });

describe('/deploy on a pull request', () => {
  test('lands its head: 👀 first, then one reply that names the commit, edited to its end [A7][F2][B1]', async () => {
    const comment = stage.comment(pull, 'ann', '/deploy staging');
    const { reactions, replies, reaction } = await stage.end(pull, comment);
    expect([reaction, reactions]).toEqual(['rocket', ['eyes', 'rocket']]);
    const text = only(replies);
    expect(text).toContain('✅');
    expect(text).toContain(head.slice(0, 7));
    const [release] = await stage.releases();
    expect(release).toMatchObject({ commit: head, actor: 'ann', state: 'completed' });
    expect(text).toContain(`](https://landfall.example/releases/${String(release?.id)})`);
    expect(serving('staging')).toBe((await now('staging')).live?.digest);
    const created = stage.github.calls().filter(({ operation }) => operation === 'issues/create-comment');
    expect(created).toHaveLength(1);
  }, 300_000);

  test('acts once, however often and by however many webhooks the comment is told [B1][F1]', async () => {
    const before = (await stage.releases()).length;
    const comment = stage.comment(pull, 'ann', '/deploy staging');
    await stage.github.webhooksSent();
    const delivery = stage.github.deliveries().at(-1);
    if (!delivery) throw new Error('nothing was delivered');
    await stage.github.redeliver(delivery.id);
    const again = signed({ event: 'issue_comment', id: randomUUID(), body: delivery.request.body });
    expect((await stage.api.app.request('/api/webhooks/github', again, {})).status).toBe(202);
    const { replies } = await stage.end(pull, comment);
    expect(only(replies)).toContain('✅');
    expect(await stage.releases()).toHaveLength(before + 1);
  }, 300_000);

  test('is refused when the head moved after the comment, with what to do; nothing is touched [B1]', async () => {
    const before = (await stage.releases()).length;
    stage.github.dropWebhooks(1);
    const comment = stage.comment(pull, 'ann', '/deploy staging');
    const told = stage.github.deliveries().at(-1);
    // Made to look older than the comment.
    await stage.work.git(
      '-c',
      'user.name=Eve',
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      'Old',
      '--date=2001-01-01T00:00:00Z',
    );
    stage.github.setClock(5_000);
    await stage.work.push({ ref: 'feature' });
    await stage.github.webhooksSent();
    stage.github.dropWebhooks(0);
    await stage.github.redeliver(told?.id ?? '');
    const { replies, reactions } = await stage.end(pull, comment);
    expect(only(replies)).toMatch(/❌ The head `[0-9a-f]{7}` was pushed after you wrote that/);
    expect(reactions).toEqual(['eyes', '-1']);
    expect(await stage.releases()).toHaveLength(before);
    head = await stage.push({ 'a.txt': 'b' }, 'feature');
  }, 300_000);

  test.each(['read', 'triage', 'none'])('by who has %s is told what is missing [A7]', async (role) => {
    const before = (await stage.releases()).length;
    stage.github.setRole(stage.repository.id, 'kim', role);
    const { replies, reactions } = await stage.say(pull, 'kim', '/deploy staging');
    expect(only(replies)).toContain('takes the permission **write** on this repository; `kim` has **' + role);
    expect(reactions).toEqual(['eyes', '-1']);
    expect(await stage.releases()).toHaveLength(before);
  });

  test("of a fork's branch is refused [B1]", async () => {
    const before = (await stage.releases()).length;
    const { replies } = await stage.say(stage.openPull('feature', { fork: true }), 'ann', '/deploy staging');
    expect(only(replies)).toContain('Commits of forks are not built here');
    expect(await stage.releases()).toHaveLength(before);
  });

  test('that is closed is refused, and without an environment where there are two it lists them [A7]', async () => {
    const closed = stage.openPull('feature');
    await stage.github.closePull(stage.repository.id, closed.number, { by: 'ann' });
    expect(only((await stage.say(closed, 'ann', '/deploy staging')).replies)).toContain('This pull request is closed');
    const { replies } = await stage.say(pull, 'ann', '/deploy');
    expect(only(replies)).toMatch(/The environment is not clear.*`\/deploy staging`[^]*- `staging`\n- `production`/);
    const { replies: unknown } = await stage.say(pull, 'ann', '/deploy qa');
    expect(only(unknown)).toMatch(/There is no such environment\.[^]*`shop\.web`: `staging`, `production`/);
  });

  test('of a landfall.yaml that cannot be used says why, as it is [A7]', async () => {
    await stage.work.git('checkout', '--quiet', '-b', 'broken');
    await stage.push({ 'landfall.yaml': 'version: 1\nservices: {}\n# ``` @everyone\n' }, 'broken');
    const { replies, reactions } = await stage.say(stage.openPull('broken'), 'ann', '/deploy staging');
    expect(only(replies)).toMatch(
      /❌ `\/deploy` was not carried out:\n\n```text\nlandfall\.yaml at .*declare at least one/s,
    );
    expect(reactions).toEqual(['eyes', '-1']);
    await stage.work.git('checkout', '--quiet', 'feature').catch(() => stage.work.git('checkout', '--quiet', 'main'));
    await stage.work.git('reset', '--quiet', '--hard', head);
  }, 300_000);
});

describe('while GitHub stumbles', () => {
  test('a lost answer makes no second reply, and what passes is tried again [F1][A4]', async () => {
    const { github } = stage;
    github.fault({ operation: 'repos/get-collaborator-permission-level', answer: serverError() });
    github.fault({ operation: 'issues/create-comment', when: 'after', hangUp: true });
    const { replies, reactions } = await stage.say(pull, 'rob', '/status');
    expect(only(replies)).toContain('| Environment | Live |');
    expect(reactions).toEqual(['eyes', '+1']);
  });

  test('a comment that was deleted meanwhile is carried out and answered all the same [F1]', async () => {
    const comment = stage.comment(pull, 'rob', '/queue');
    pull.comments.splice(pull.comments.indexOf(comment), 1);
    const { replies, reactions } = await stage.end(pull, comment);
    expect([only(replies), reactions]).toEqual([expect.stringContaining('| Environment | Queue |'), []]);
  });
});

describe('what is no command of ours', () => {
  test.each([
    ['/lgtm', '😕 There is no such command'],
    ['/assign rob', '😕 There is no such command'],
    ['/deploy a b', '😕 `/deploy`: it takes one environment at most. Say `/deploy [environment]`.'],
    ['/deploy $(reboot)', 'no environment has such a name'],
    ['/reject', 'say why'],
  ])('%s is answered with 😕 and what there is [A7]', async (body, says) => {
    const { replies, reactions } = await stage.say(pull, 'rob', body);
    expect(only(replies)).toContain(says);
    expect(reactions).toEqual(['eyes', 'confused']);
  });

  test('/help lists the commands, and the reply is no command itself [A7]', async () => {
    const { replies } = await stage.say(pull, 'rob', '/help');
    expect(only(replies)).toContain('| `/rollback [environment] [to DEPLOYMENT]` |');
  });
});

describe('/plan', () => {
  test('says commit, image and gates, to who may only read, and changes nothing [A7]', async () => {
    const before = (await stage.releases()).length;
    const { replies, reactions } = await stage.say(pull, 'rob', '/plan production');
    const text = only(replies);
    expect(text).toContain(`\`shop.web\` would deploy \`${head.slice(0, 7)} `);
    expect(text).toContain('its image is not built yet');
    expect(text).toContain('`shop.web.production`: waits for 1 approval');
    expect(reactions).toEqual(['eyes', '+1']);
    expect(await stage.releases()).toHaveLength(before);
  });
});

describe('approvals by comment', () => {
  test('a deployment waits, is told how, goes on when the right one says so, and both replies tell the end [A7]', async () => {
    const deploy = stage.comment(pull, 'ann', '/deploy production');
    const waits = await eventually('the gate to be told', () =>
      stage.repliesTo(pull, deploy).find((text) => text.includes('waits for approval of `production`')),
    );
    const [, id = ''] = /`\/approve (\S+)`/.exec(waits) ?? [];
    expect(id).toMatch(/^shop\.web\.production\.\d+$/);
    await eventually('the store to know', async () => (await stage.api.ask(`/api/deployments/${id}`)).ok);

    const { replies: wrong } = await stage.say(pull, 'ann', '/approve');
    expect(only(wrong)).toContain('ann caused this release, and selfReview is off');
    const { replies: other } = await stage.say(pull, 'rob', `/approve ${id}`);
    expect(only(other)).toContain('rob may not decide about production. It takes lea.');

    const approved = await stage.say(pull, 'lea', '/approve seen on staging');
    expect(only(approved.replies)).toMatch(new RegExp(`✅ Approved \\[\`${id}\`\\].*: \`${head.slice(0, 7)}\``));
    expect(approved.reactions).toEqual(['eyes', 'rocket']);
    const { replies, reactions } = await stage.end(pull, deploy);
    expect(only(replies)).toContain('is live.');
    expect(reactions).toEqual(['eyes', 'rocket']);
    expect(serving('production')).toBe((await now('production')).live?.digest);
    const audit = (await (await stage.api.ask(`/api/audit?subject=${id}`)).json()) as readonly object[];
    expect(audit).toContainEqual(
      expect.objectContaining({
        action: 'approval.approved',
        actor: 'github:lea',
        detail: 'by comment: seen on staging',
      }),
    );
    expect(only((await stage.say(pull, 'lea', '/approve')).replies)).toContain('Nothing waits for approval.');
  }, 300_000);

  test('a rejection ends it with the reason [A7]', async () => {
    const deploy = stage.comment(pull, 'ann', '/deploy production');
    await eventually('the gate to be told', () => stage.repliesTo(pull, deploy)[0]?.includes('waits for approval'));
    await eventually('the store to know', async () =>
      (await stage.releases())[0]?.deployments.some(({ state }) => state === 'awaiting_approval'),
    );
    const { replies } = await stage.say(pull, 'lea', '/reject not on a Friday');
    expect(only(replies)).toContain('✅ Rejected');
    const end = await stage.end(pull, deploy);
    expect(only(end.replies)).toMatch(/❌ .* was cancelled\.[^]*lea said no: not on a Friday\./);
    expect(end.reactions).toEqual(['eyes', '-1']);
  }, 300_000);
});

describe('an issue', () => {
  test('deploys the head of the branch that deploys there, promotes and rolls back [A6][A9]', async () => {
    const issue = stage.openIssue();
    const main = await stage.push({
      'landfall.yaml': LANDFALL_YAML.replace('approval: { from: { users: [lea] } }, ', ''),
    });
    const { replies } = await stage.say(issue, 'ann', '/deploy staging');
    expect(only(replies)).toContain(main.slice(0, 7));
    const staged = serving('staging');

    const before = serving('production');
    const promoted = await stage.say(issue, 'ann', '/promote');
    expect(only(promoted.replies)).toContain('✅');
    expect(serving('production')).toBe(staged);

    const back = await stage.say(issue, 'ann', '/rollback production');
    expect([only(back.replies), back.reactions]).toEqual([expect.stringContaining('✅'), ['eyes', 'rocket']]);
    expect(serving('production')).toBe(before);
  }, 300_000);

  test('that names what was never live there is told what was, and what of it the registry no longer has [A9]', async () => {
    const [old, ...others] = await rollbackTargets();
    stage.gone.add(old?.digest ?? '');
    const { replies } = await stage.say(stage.openIssue(), 'ann', '/rollback production to 999999');
    stage.gone.clear();
    expect(only(replies)).toContain('never live in `production`');
    const isGone = (id = '') =>
      only(replies)
        .split('\n')
        .find((line) => line.includes(`\`${id}\``))
        ?.endsWith(': the registry no longer has its image');
    expect(isGone(old?.deploymentId)).toBe(true);
    const kept = others.filter(({ digest }) => digest !== old?.digest);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.map(({ deploymentId }) => isGone(deploymentId))).toEqual(kept.map(() => false));
  }, 300_000);
});

describe('work under way', () => {
  test('is cancelled from its own pull request, told to its end, and retried; another one is not touched [B10]', async () => {
    const mine = stage.openPull('mine');
    await stage.push({ 'mine.txt': '1' }, 'mine');
    const mend = stage.world.faults.add({ activity: 'buildImage', act: hangs });
    const deploy = stage.comment(mine, 'ann', '/deploy staging');
    const isBuilding = () => [...stage.world.faults.running].some(({ activity }) => activity === 'buildImage');
    await eventually('the build', isBuilding);
    const elsewhere = await stage.say(pull, 'ann', '/cancel');
    expect(only(elsewhere.replies)).toMatch(/Nothing of this pull request is under way\. What is:[^]*shop\.web\.\d+/);

    const cancelling = stage.comment(mine, 'ann', '/cancel');
    mend();
    const end = await stage.end(mine, deploy);
    expect([only(end.replies), end.reactions]).toEqual([expect.stringContaining('was cancelled'), ['eyes', '-1']]);
    const cancelled = await stage.end(mine, cancelling);
    expect([only(cancelled.replies), cancelled.reactions]).toEqual([expect.stringContaining('✅'), ['eyes', 'rocket']]);

    await eventually('the store to know', async () => (await stage.releases())[0]?.state === 'cancelled');
    const retried = await stage.say(mine, 'ann', '/retry');
    expect([only(retried.replies), retried.reactions]).toEqual([
      expect.stringContaining('is live'),
      ['eyes', 'rocket'],
    ]);
    expect(only((await stage.say(mine, 'ann', '/retry')).replies)).toContain('There is nothing that failed');
    expect(only((await stage.say(mine, 'ann', '/cancel')).replies)).toContain('under way');
  }, 300_000);
});

describe('a lock by comment', () => {
  test('holds others back, shows in /status and /queue, and ends with its pull request [E9]', async () => {
    const mine = stage.openPull('feature');
    const { replies } = await stage.say(mine, 'ann', '/lock staging --for 2h --reason load test');
    expect(only(replies)).toMatch(
      /✅ `shop\.web\.staging` is locked for 2 h, or until this pull request is closed: `load test`/,
    );
    expect((await now('staging')).lock).toMatchObject({ owner: { kind: 'github', name: 'ann' }, reason: 'load test' });

    stage.github.setRole(stage.repository.id, 'bob', 'write');
    expect(only((await stage.say(pull, 'bob', '/lock staging --reason mine')).replies)).toContain(
      'It is locked already',
    );
    expect(only((await stage.say(pull, 'bob', '/unlock staging')).replies)).toContain('Use force');
    expect(only((await stage.say(pull, 'rob', '/status')).replies)).toMatch(
      /staging`\].*locked by `ann` until .*`load test`/,
    );
    expect(only((await stage.say(pull, 'rob', '/queue staging')).replies)).toContain('idle');

    const other = stage.openPull('feature');
    await stage.github.closePull(stage.repository.id, other.number, { by: 'ann' });
    await stage.github.webhooksSent();
    expect((await now('staging')).lock).not.toBeNull();
    await stage.github.closePull(stage.repository.id, mine.number, { by: 'bob' });
    await eventually('the lock to end', async () => (await now('staging')).lock === null);
    expect(only((await stage.say(mine, 'ann', '/lock staging --reason again')).replies)).toContain(
      'nothing would end the lock',
    );
  }, 300_000);

  test("is given back by /unlock, by force when it is somebody else's [E9]", async () => {
    const issue = stage.openIssue();
    expect(only((await stage.say(issue, 'ann', '/lock staging --reason mine')).replies)).toContain('locked for 24 h:');
    expect(only((await stage.say(issue, 'bob', '/unlock staging --force')).replies)).toContain('is unlocked');
    expect((await now('staging')).lock).toBeNull();
  }, 300_000);
});

describe('an environment is destroyed by comment', () => {
  test('by its whole name, and by who administers the repository only [A7][F2]', async () => {
    const issue = stage.openIssue();
    expect(only((await stage.say(issue, 'ann', '/destroy staging')).replies)).toContain('say its whole name');
    stage.github.setRole(stage.repository.id, 'ann', 'write');
    expect(only((await stage.say(issue, 'ann', '/destroy shop.web.staging')).replies)).toContain(
      'takes the permission **admin** on this repository; `ann` has **write**',
    );
    stage.github.setRole(stage.repository.id, 'ann', 'admin');
    expect(only((await stage.say(issue, 'ann', '/destroy shop.web.preview')).replies)).toContain(
      'There is nothing of that name',
    );
    const { replies, reaction } = await stage.say(issue, 'ann', '/destroy shop.web.staging');
    expect([reaction, only(replies)]).toEqual(['+1', expect.stringContaining('Being destroyed: `shop.web.staging`')]);
    await eventually(
      'it to be gone',
      async () => (await stage.api.ask('/api/environments/shop/web/staging')).status === 404,
      90_000,
    );
    expect(serving('staging')).toBeNull();
    expect(serving('production')).not.toBeUndefined();
  }, 120_000);
});
