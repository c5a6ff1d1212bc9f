import { describe, expect, test } from '@jest/globals';
import { EVENTS } from '../../../contracts/inbox/events/events.ts';
import { isActionOnGitHub, summaryOf, workflowIdOf, workflowOf } from '../../../contracts/inbox/inbox-event.ts';
import type { InboxEvent } from '../../../contracts/inbox/inbox-event.ts';

const GUID = '72d3162e-cc78-11e3-81ab-4c9367dc0958';
const actor = { kind: 'github', name: 'ada' } as const;
const place = { repositoryId: '17', repository: 'acme/shop', installationId: '99' };
const push: InboxEvent = { kind: 'push', requestKey: 'x', ...place, branch: 'main', actor };
const command: InboxEvent = {
  kind: 'command',
  orderId: 'comment-17-12-5',
  conversation: { ...place, number: 12, isPullRequest: true },
  commentId: '5',
  commentedAt: 0,
  asked: { kind: 'unknown' },
  actor,
};

describe('the work that an event leads to', () => {
  test('has a workflow, an id and a summary from the file of its event [B1]', () => {
    expect([workflowOf(push), workflowIdOf(push, GUID), summaryOf(push)]).toEqual([
      'delivery',
      `github/${GUID}`,
      'push to acme/shop main by ada',
    ]);
    expect([workflowOf(command), workflowIdOf(command, GUID), summaryOf(command)]).toEqual([
      'command',
      'command/comment-17-12-5',
      '/unknown on acme/shop#12 by ada',
    ]);
  });

  test('is answered when it is lost, where a person ordered it [A7][F1]', () => {
    expect([push, command].map(isActionOnGitHub)).toEqual([false, true]);
  });

  test('is described once, whichever events lead to it [B1]', () => {
    const described = new Map<string, unknown>();
    for (const [kind, work] of EVENTS.flatMap((one): [string, unknown][] => Object.entries(one.work))) {
      expect(described.get(kind) ?? work).toBe(work);
      described.set(kind, work);
    }
    expect(described.size).toBeGreaterThan(5);
  });

  test('comes from events of different names [B1]', () => {
    const names = EVENTS.map(({ event }) => event);
    expect(names).toEqual([...new Set(names)]);
  });
});
