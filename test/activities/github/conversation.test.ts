import { describe, expect, test } from '@jest/globals';
import { inline, ourWords } from '../../../contracts/core/markdown.ts';
import { createConversationActivities } from '../../../activities/github/conversation.activities.ts';
import type { Conversation } from '../../../contracts/github/comment.ts';
import { PUBLIC_URL, asActivity, attempt, failureIn, startScene } from './scene.ts';

const scene = await startScene();
const { github, repository, client, app } = scene;
const activities = createConversationActivities({ client, app, publicUrl: PUBLIC_URL });

const issue = github.openIssue(repository.id, { author: 'ann', title: 'Deploy', body: '', labels: [] });
await scene.work.git('checkout', '--quiet', '-b', 'feature');
const head = await scene.work.commit({ 'a.txt': 'a' }, 'Feature');
await scene.work.push({ ref: 'feature' });
const pull = github.openPull(repository.id, { author: 'ann', title: 'Feature', branch: 'feature' });
const forked = github.openPull(repository.id, { author: 'eve', title: 'Fork', branch: 'feature', fork: true });

const on = ({ number }: { readonly number: number }, isPullRequest: boolean): Conversation => ({
  ...{ repositoryId: repository.id, repository: 'acme/web', installationId: repository.installationId },
  ...{ number, isPullRequest },
});
const SECOND = 1_000;
/** When the newest push to the branch was, by GitHub's clock and in its whole seconds. */
const wholeSecond = (at: number) => Math.floor(at / SECOND) * SECOND;

describe.each([
  ['an issue', issue, false],
  ['a pull request', pull, true],
] as const)('on %s', (_name, about, isPullRequest) => {
  const conversation = on(about, isPullRequest);

  test('a comment is reacted to once, however often it is tried [A7][F1]', async () => {
    const comment = github.comment(repository.id, about.number, { author: 'ann', body: '/status' });
    const react = () => activities.reactToComment({ conversation, commentId: comment.id, reaction: 'eyes' });
    await asActivity(react);
    await attempt(2, react);
    expect(comment.reactions).toMatchObject([{ author: 'landfall[bot]', content: 'eyes' }]);
  });

  test('a reply is posted once, found again when its answer was lost, and edited in place [A7][F1]', async () => {
    const before = about.comments.length;
    const reply = {
      conversation,
      orderId: `comment-1-${about.number}-7`,
      text: ourWords`See [it](/releases/shop.web.1).`,
    };
    github.fault({ operation: 'issues/create-comment', when: 'after', hangUp: true });
    expect(await failureIn(asActivity(() => activities.postReply(reply)))).toMatchObject({ type: 'GitHubUnavailable' });
    const replyId = await attempt(2, () => activities.postReply(reply));
    await asActivity(() =>
      activities.editReply({
        ...reply,
        replyId,
        text: ourWords`Done.`,
      }),
    );
    expect(about.comments.slice(before)).toMatchObject([
      { id: replyId, author: 'landfall[bot]', body: `<!-- landfall:reply ${reply.orderId} -->\nDone.` },
    ]);
  });

  test('somebody who writes our marker is not taken for us [A7]', async () => {
    const orderId = `comment-1-${about.number}-8`;
    github.comment(repository.id, about.number, { author: 'eve', body: `<!-- landfall:reply ${orderId} -->\nDone.` });
    const replyId = await attempt(2, () =>
      activities.postReply({
        conversation,
        orderId,
        text: ourWords`[x](/y) ](/z)`,
      }),
    );
    const ours = about.comments.find(({ id }) => id === replyId);
    expect(ours?.author).toBe('landfall[bot]');
    expect(ours?.body).toContain(`[x](${PUBLIC_URL}/y)`);
  });

  test('the comment of a mark is one: found again, edited in place, and made again when a person deleted it [D3][F1]', async () => {
    const keep = (text: 'one' | 'two' | 'three', commentId: string | null) =>
      asActivity(() =>
        activities.keepComment({ conversation, mark: `kept-${about.number}`, text: ourWords`${text}`, commentId }),
      );
    const ours = () => about.comments.filter(({ body }) => body.startsWith(`<!-- landfall:kept-${about.number} -->\n`));
    github.comment(repository.id, about.number, {
      author: 'eve',
      body: `<!-- landfall:kept-${about.number} -->\nmine`,
    });
    github.fault({ operation: 'issues/create-comment', when: 'after', hangUp: true });
    expect(await failureIn(keep('one', null))).toMatchObject({ type: 'GitHubUnavailable' });
    const id = await keep('two', null);
    expect(await keep('two', id)).toBe(id);
    expect(ours().map(({ author, body }) => [author, body.split('\n')[1]])).toEqual([
      ['eve', 'mine'],
      ['landfall[bot]', 'two'],
    ]);
    about.comments.splice(
      about.comments.findIndex((one) => one.id === id),
      1,
    );
    const again = await keep('three', id);
    expect(again).not.toBe(id);
    expect(ours().map(({ body }) => body.split('\n')[1])).toEqual(['mine', 'three']);
  });

  test('a token in what is said is masked [F3]', async () => {
    const text = ourWords`It said ${inline(`ghs_${'a'.repeat(36)}`)}.`;
    const orderId = `comment-1-${about.number}-9`;
    const replyId = await asActivity(() => activities.postReply({ conversation, orderId, text }));
    expect(about.comments.find(({ id }) => id === replyId)?.body).not.toContain('ghs_aaaa');
  });
});

describe('how far two commits are apart', () => {
  const conversation = on(issue, false);
  const compare = (...between: readonly (readonly [from: string, to: string])[]) =>
    asActivity(() => activities.distances({ conversation, between: between.map(([from, to]) => ({ from, to })) }));

  test('is counted from either side, to commits and to branches [A9]', async () => {
    await scene.work.git('checkout', '--quiet', '-b', 'release/1', scene.commit);
    const other = await scene.work.commit({ 'b.txt': 'b' }, 'Other');
    await scene.work.push({ ref: 'release/1' });
    await scene.work.git('checkout', '--quiet', 'feature');
    expect(
      await compare([scene.commit, head], [head, scene.commit], [head, 'release/1'], [other, 'release/1']),
    ).toEqual([
      { behind: 1, ahead: 0 },
      { behind: 0, ahead: 1 },
      { behind: 1, ahead: 1 },
      { behind: 0, ahead: 0 },
    ]);
  });

  test('is not known where one of them is gone, and asked once for what many ask [A9]', async () => {
    const gone = [scene.commit, 'f'.repeat(40)] as const;
    const there = [scene.commit, head] as const;
    const calls = await scene.callsOf(async () => {
      expect(await compare(gone, there, gone, there)).toEqual([
        null,
        { behind: 1, ahead: 0 },
        null,
        { behind: 1, ahead: 0 },
      ]);
    });
    expect(calls.filter((call) => call === 'repos/compare-commits-with-basehead')).toHaveLength(2);
  });
});

describe('the head of a pull request', () => {
  const read = (spokenOfAt: number | null, about = pull) =>
    asActivity(() => activities.readPullRequest({ conversation: on(about, true), spokenOfAt }));

  test('is told with where it comes from; nobody asks when it was pushed unless somebody spoke of it [B1]', async () => {
    const calls = await scene.callsOf(async () => {
      expect(await read(null)).toEqual({
        ...{ state: 'open', commit: head, branch: 'feature', fork: false, mergedAs: null, head: 'unknown' },
      });
    });
    expect(calls).toEqual(['apps/create-installation-access-token', 'pulls/get']);
  });

  test('was pushed before a later comment, after an earlier one; in the same second nobody knows: after [B1]', async () => {
    const pushedAt = wholeSecond(Date.now());
    const commit = await scene.work.commit({ 'b.txt': 'b' }, 'More');
    await scene.work.push({ ref: 'feature' });
    await github.webhooksSent();
    expect(await read(wholeSecond(Date.now()) + 2 * SECOND)).toMatchObject({ commit, head: 'before' });
    expect(await read(pushedAt)).toMatchObject({ commit, head: 'after' });
    expect(await read(pushedAt - 60 * SECOND)).toMatchObject({ head: 'after' });
  });

  test('that says to be older than it is, and was forced, is still seen to have come after [B1]', async () => {
    const spokenOfAt = wholeSecond(Date.now()) + SECOND;
    github.setClock(5 * SECOND);
    await scene.work.git('reset', '--quiet', '--hard', 'HEAD~1');
    await scene.work.git(
      '-c',
      'user.name=Eve',
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      'Old',
      '--date=2001-01-01T00:00:00Z',
    );
    await scene.work.push({ ref: 'feature', force: true });
    await github.webhooksSent();
    expect(await read(spokenOfAt)).toMatchObject({ head: 'after' });
  });

  test("of a fork is said to be one, and that branch's name here is not looked at [B1]", async () => {
    const calls = await scene.callsOf(async () => {
      expect(await read(Date.now(), forked)).toMatchObject({ fork: true, head: 'unknown' });
    });
    expect(calls).not.toContain('repos/list-activities');
  });

  test('of one that was merged or closed is told as such [B1]', async () => {
    const merged = github.openPull(repository.id, { author: 'ann', title: 'M', branch: 'feature' });
    await github.closePull(repository.id, merged.number, { by: 'ann', mergedAs: head });
    expect(await read(null, merged)).toMatchObject({ state: 'merged', mergedAs: head });
    const closed = github.openPull(repository.id, { author: 'ann', title: 'C', branch: 'feature' });
    await github.closePull(repository.id, closed.number, { by: 'ann' });
    expect(await read(null, closed)).toMatchObject({ state: 'closed', mergedAs: null });
    expect(await failureIn(read(null, issue))).toMatchObject({ type: 'GitHubNotFound' });
  });
});
