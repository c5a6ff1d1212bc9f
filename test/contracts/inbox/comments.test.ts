import { describe, expect, test } from '@jest/globals';
import { workflowIdOf } from '../../../contracts/inbox/inbox-event.ts';
import { readEvent } from '../../../contracts/inbox/read-event.ts';
import { examples } from '../../api/webhooks/examples.ts';

const real = (name: string) => examples.find((event) => event.name === name)?.examples ?? [];
const kinds = (name: string) => real(name).map((payload) => readEvent(name, 'guid-1', payload).kind);

const ANN = { login: 'ann', type: 'User' };
const COMMENT = { id: 5, body: '/deploy staging', created_at: '2026-03-01T12:00:05Z', user: ANN };
const usual = {
  action: 'created',
  issue: { number: 12, pull_request: { url: 'x' } },
  comment: COMMENT,
  repository: { id: 17, full_name: 'acme/shop' },
  installation: { id: 99 },
  sender: ANN,
};
const told = (more: object) => readEvent('issue_comment', 'guid-1', { ...usual, ...more });
const commented = (more: object) => told({ comment: { ...COMMENT, ...more } });

describe('a comment', () => {
  test('that begins with a command is one, told with who, where and when; without any commit [B1][A7]', () => {
    expect(told({})).toEqual({
      kind: 'handover',
      handover: {
        kind: 'command',
        orderId: 'comment-17-12-5',
        conversation: {
          repositoryId: '17',
          repository: 'acme/shop',
          installationId: '99',
          number: 12,
          isPullRequest: true,
        },
        commentId: '5',
        commentedAt: Date.UTC(2026, 2, 1, 12, 0, 5),
        asked: { kind: 'command', command: { verb: 'deploy', service: null, environment: 'staging' } },
        actor: { kind: 'github', name: 'ann' },
      },
    });
    expect(told({ issue: { number: 12 } })).toMatchObject({ handover: { conversation: { isPullRequest: false } } });
    expect(commented({ body: '/deploy a b' })).toMatchObject({ handover: { asked: { kind: 'mistake' } } });
    expect(commented({ body: '/lgtm' })).toMatchObject({ handover: { asked: { kind: 'unknown' } } });
  });

  test('is one command, also when two webhooks tell of it [B1][F1]', () => {
    const [one, other] = ['guid-1', 'guid-2'].map((guid) => {
      const reading = readEvent('issue_comment', guid, usual);
      return reading.kind === 'handover' ? workflowIdOf(reading.handover, guid) : reading.kind;
    });
    expect([one, other]).toEqual(['command/comment-17-12-5', 'command/comment-17-12-5']);
  });

  test.each([
    ['that was edited', { action: 'edited' }, /edited/],
    ['that was deleted', { action: 'deleted' }, /deleted/],
    ['without installation', { installation: undefined }, /no installation/],
    ['that somebody else sent', { sender: { login: 'bob', type: 'User' } }, /not its author/],
    ['without sender', { sender: null }, /bot/],
  ])('%s is ignored, with the reason [B1]', (_name, more, reason) => {
    expect(told(more)).toMatchObject({ kind: 'ignored', reason: expect.stringMatching(reason) });
  });

  test.each([
    ['words', { body: 'please /deploy' }, /does not begin/],
    ['a quotation', { body: '> /deploy' }, /does not begin/],
    ['nothing', { body: null }, /does not begin/],
    ['a bot', { user: { login: 'dependabot[bot]', type: 'Bot' } }, /bot/],
    ['a bot without a type', { user: { login: 'landfall[bot]' } }, /bot/],
    ['an App', { performed_via_github_app: { id: 1 } }, /bot/],
    ['nobody any more', { user: null }, /bot/],
  ])('of %s is ignored, with the reason [B1]', (_name, more, reason) => {
    expect(commented(more)).toMatchObject({ kind: 'ignored', reason: expect.stringMatching(reason) });
  });

  test.each([
    ['no number', { issue: {} }, 'issue.number'],
    ['no comment', { comment: undefined }, 'comment'],
    ['no time', { comment: { ...COMMENT, created_at: 'soon' } }, 'comment.created_at'],
    ['an id that is no id', { comment: { ...COMMENT, id: '5' } }, 'comment.id'],
    ['more than GitHub takes', { comment: { ...COMMENT, body: 'x'.repeat(65_537) } }, 'comment.body'],
    ['a repository named like a path', { repository: { id: 1, full_name: '../../x' } }, 'repository.full_name'],
  ])('with %s is refused, saying where [B1]', (_name, more, where) => {
    expect(told(more)).toEqual({ kind: 'invalid', problem: expect.stringContaining(where) });
  });

  test('every real example is understood, and none of them is a command [B1]', () => {
    expect(new Set(kinds('issue_comment'))).toEqual(new Set(['ignored']));
    expect(kinds('issue_comment').length).toBeGreaterThan(5);
  });

  test('a real example with a command in it is one [B1]', () => {
    const [payload] = real('issue_comment') as { readonly comment: object }[];
    const reading = readEvent('issue_comment', 'guid-1', {
      ...payload,
      installation: { id: 1 },
      comment: { ...payload?.comment, body: '/status' },
    });
    expect(reading).toMatchObject({
      handover: { actor: { name: 'Codertocat' }, conversation: { repository: 'Codertocat/Hello-World', number: 1 } },
    });
  });
});

describe('a pull request', () => {
  test('that is closed gives back what was held for it [B1][E9]', () => {
    expect(kinds('pull_request')).not.toContain('invalid');
    const pull = { head: { sha: 'a'.repeat(40) }, base: { ref: 'main' } };
    const closed = { action: 'closed', number: 12, pull_request: pull, repository: usual.repository, sender: ANN };
    expect(readEvent('pull_request', 'guid-1', closed)).toMatchObject({
      handover: { kind: 'pull-request-closed', repositoryId: '17', number: 12, actor: { name: 'ann' } },
    });
    const dated = { ...closed, pull_request: { ...pull, closed_at: '2026-05-01T10:00:00Z' } };
    expect(readEvent('pull_request', 'guid-1', dated)).toMatchObject({
      handover: { closedAt: Date.parse('2026-05-01T10:00:00Z') },
    });
    expect(readEvent('pull_request', 'guid-1', { ...closed, number: 'x' }).kind).toBe('invalid');
  });

  test('is told to its preview: who opened it, its labels, and whether the branch is another repository’s [D1][D4]', () => {
    const repository = { id: 17 };
    const pull = {
      ...{ head: { sha: 'a'.repeat(40), repo: { id: 18 } }, base: { ref: 'main', repo: repository } },
      ...{ user: { login: 'eve' }, labels: [{ name: 'preview' }] },
    };
    const told = (action: string, more: object = {}) =>
      readEvent('pull_request', 'guid-1', { ...usual, action, number: 12, pull_request: { ...pull, ...more } });
    const change = {
      ...{ commit: 'a'.repeat(40), author: 'eve', labels: ['preview'], fork: true },
      pull: { repositoryId: '17', number: 12, repository: 'acme/shop', installationId: '99' },
    };
    for (const action of ['opened', 'reopened', 'synchronize', 'closed', 'labeled']) {
      expect(told(action)).toMatchObject({ kind: 'handover', handover: { change: { ...change, action } } });
    }
    expect(told('labeled')).toMatchObject({ handover: { kind: 'pull-request-labeled' } });
    const own = { head: { sha: 'a'.repeat(40), repo: repository } };
    expect(told('opened', own)).toMatchObject({ handover: { change: { fork: false } } });
    // A fork that is gone was one all the same.
    const gone = { head: { sha: 'a'.repeat(40), repo: null }, user: null, labels: null };
    expect(told('opened', gone)).toMatchObject({ handover: { change: { fork: true, author: null, labels: [] } } });
    const { installation: _none, ...byRepository } = usual;
    const silent = readEvent('pull_request', 'guid-1', {
      ...byRepository,
      action: 'opened',
      number: 12,
      pull_request: pull,
    });
    expect(silent).not.toHaveProperty('handover.change');
    const label = readEvent('pull_request', 'guid-1', {
      ...byRepository,
      action: 'labeled',
      number: 12,
      pull_request: pull,
    });
    expect(label).toMatchObject({ kind: 'ignored', code: 'no_installation' });
  });
});
