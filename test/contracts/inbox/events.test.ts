import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { examples } from '../../api/webhooks/examples.ts';
import { readEvent } from '../../../contracts/inbox/read-event.ts';
import { push } from '../../api/harness.ts';

const read = (more: Readonly<Record<string, unknown>> = {}) => readEvent('push', 'guid-1', JSON.parse(push(more)));
const real = (name: string) => examples.find((event) => event.name === name)?.examples ?? [];

/** Some of whose actions are acted on. */
const ACTED_ON = new Set([
  'push',
  'workflow_run',
  'installation',
  'installation_repositories',
  'merge_group',
  'pull_request',
]);

describe('reading events', () => {
  test('a push to a branch is a trigger that names everything by id [B1][B4]', () => {
    expect(read()).toEqual({
      kind: 'handover',
      handover: {
        kind: 'push',
        requestKey: 'github/guid-1',
        repositoryId: '17',
        repository: 'acme/shop',
        installationId: '99',
        branch: 'main',
        commit: 'a'.repeat(40),
        actor: { kind: 'github', name: 'ada' },
      },
    });
  });

  test('a push without installation or sender is still one: a webhook of a single repository [B1]', () => {
    expect(read({ installation: undefined, sender: undefined })).toMatchObject({
      handover: { installationId: null, actor: { name: 'github' } },
    });
  });

  test.each([
    ['a deleted branch', { deleted: true, after: '0'.repeat(40), head_commit: null }, /deleted/],
    ['a tag', { ref: 'refs/tags/v1' }, /tag/],
    ['an option for a branch', { ref: 'refs/heads/--upload-pack=x' }, /not safe/],
    ['a command for a branch', { ref: 'refs/heads/$(reboot)' }, /not safe/],
    ['a path that climbs', { ref: 'refs/heads/../../etc' }, /not safe/],
    ['an empty branch', { ref: 'refs/heads/' }, /not safe/],
    ['a line break in a branch', { ref: 'refs/heads/a\nb' }, /not safe/],
  ])('%s is ignored, with the reason [B1][B4]', (_name, more, reason) => {
    expect(read(more)).toMatchObject({ kind: 'ignored', reason: expect.stringMatching(reason) });
  });

  test.each([
    ['no ref', { ref: undefined }, 'ref'],
    ['a repository without id', { repository: { full_name: 'acme/shop' } }, 'repository.id'],
    ['a repository named like a path', { repository: { id: 1, full_name: '../../x' } }, 'repository.full_name'],
    ['an installation of id 0', { installation: { id: 0 } }, 'installation.id'],
    ['a sender with line breaks', { sender: { login: 'a\nb' } }, 'sender.login'],
  ])('%s is refused, saying where [B1]', (_name, more, where) => {
    expect(read(more)).toEqual({ kind: 'invalid', problem: expect.stringContaining(where) });
  });

  test.each([[null], [[]], ['text'], [42]])('%p is no push [B1]', (payload) => {
    expect(readEvent('push', 'guid-1', payload).kind).toBe('invalid');
  });

  test('every real push example is understood [B1]', () => {
    const readings = real('push').map((payload) => readEvent('push', 'guid-1', payload).kind);
    expect(readings.length).toBeGreaterThan(3);
    expect(readings).not.toContain('invalid');
    expect(readings).toContain('handover');
    expect(readings).toContain('ignored');
  });

  test('every real example of any other event is ignored with its name, ping included [B1]', () => {
    const others = examples.filter(({ name }) => !ACTED_ON.has(name));
    expect(others.length).toBeGreaterThan(40);
    for (const { name, examples: payloads } of others) {
      for (const payload of payloads) expect(readEvent(name, 'guid-1', payload).kind).toBe('ignored');
    }
  });

  test('a CI workflow that has ended is a trigger, with whose commit it ran on and what started it [B1][E1]', () => {
    const run = {
      path: '.github/workflows/ci.yml@refs/heads/main',
      event: 'push',
      head_branch: 'main',
      head_sha: 'a'.repeat(40),
      conclusion: 'success',
      head_repository: { id: 18 },
      id: 456,
      updated_at: '2026-01-02T12:00:00Z',
    };
    const repository = { id: 17, full_name: 'acme/shop' };
    const told = (action: string, more: object = {}) =>
      readEvent('workflow_run', 'guid-1', { action, workflow_run: { ...run, ...more }, repository });
    expect(told('completed')).toMatchObject({
      handover: {
        kind: 'ci',
        requestKey: 'github/guid-1',
        repositoryId: '17',
        headRepositoryId: '18',
        workflow: '.github/workflows/ci.yml',
        branch: 'main',
        commit: 'a'.repeat(40),
        conclusion: 'success',
        event: 'push',
        run: { id: '456', endedAt: Date.UTC(2026, 0, 2, 12) },
      },
    });
    expect(told('completed', { id: undefined })).not.toHaveProperty('handover.run');
    expect(told('requested')).toMatchObject({ kind: 'ignored' });
    expect(told('completed', { head_branch: null })).toMatchObject({ kind: 'ignored' });
    expect(told('completed', { head_sha: '--help' })).toMatchObject({ kind: 'invalid' });
  });

  test('every real workflow_run example is understood [B1]', () => {
    const readings = real('workflow_run').map((payload) => readEvent('workflow_run', 'guid-1', payload).kind);
    expect(readings.length).toBeGreaterThan(3);
    expect(readings).not.toContain('invalid');
  });

  test.each([
    ['installation', ['created', 'deleted', 'suspend', 'unsuspend', 'new_permissions_accepted']],
    ['installation_repositories', ['added', 'removed']],
  ])('every real %s example asks for one look at the installation, whatever the action [B1]', (name, actions) => {
    for (const action of actions) {
      const payloads = z
        .array(z.object({ action: z.string(), installation: z.object({ id: z.int() }) }))
        .parse(real(name));
      const payload = payloads.find((one) => one.action === action);
      expect(readEvent(name, 'guid-1', payload)).toMatchObject({
        handover: {
          kind: 'installation',
          requestKey: 'github/guid-1',
          installationId: String(payload?.installation.id),
        },
      });
    }
    const other = { action: 'renamed', installation: { id: 7, account: null } };
    expect(readEvent(name, 'guid-1', other)).toMatchObject({ kind: 'ignored', code: 'action_not_used' });
    expect(readEvent(name, 'guid-1', { action: 'created' })).toMatchObject({ kind: 'invalid' });
  });

  test('a merge group that waits for checks names its head commit; one that is destroyed is ignored [B1]', () => {
    for (const payload of real('merge_group')) {
      expect(readEvent('merge_group', 'guid-1', payload)).toMatchObject({
        handover: { kind: 'commit-check', branch: 'main', commit: expect.stringMatching(/^[0-9a-f]{40}$/) },
      });
    }
    const group = { head_sha: 'a'.repeat(40), base_ref: 'refs/heads/main' };
    const told = (action: string, more: object = {}) =>
      readEvent('merge_group', 'guid-1', {
        action,
        merge_group: { ...group, ...more },
        repository: { id: 17, full_name: 'acme/shop' },
      });
    expect(told('destroyed')).toMatchObject({ kind: 'ignored', code: 'action_not_used' });
    expect(told('checks_requested', { head_sha: '--help' })).toMatchObject({ kind: 'invalid' });
  });

  test('a pull request is checked at each new head, told when it is closed, and ignored in whatever else happens to it [B1]', () => {
    const readings = real('pull_request').map((payload) => ({
      action: z.object({ action: z.string() }).parse(payload).action,
      reading: readEvent('pull_request', 'guid-1', payload),
    }));
    expect(readings.length).toBeGreaterThan(20);
    for (const { action, reading } of readings) {
      const isHead = ['opened', 'reopened', 'synchronize'].includes(action);
      const others: Readonly<Record<string, string>> = {
        closed: 'pull-request-closed',
        // GitHub's own examples are of a webhook without an App.
        labeled: JSON.stringify(reading).includes('no_installation') ? 'ignored' : 'pull-request-labeled',
      };
      const means = isHead ? 'commit-check' : (others[action] ?? 'ignored');
      expect([action, reading.kind === 'handover' ? reading.handover.kind : reading.kind]).toEqual([action, means]);
    }
  });
});
