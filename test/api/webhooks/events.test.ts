import { describe, expect, test } from '@jest/globals';
import { examples } from './examples.ts';
import { readEvent } from '../../../api/webhooks/events/read-event.ts';
import { push } from '../harness.ts';

const read = (more: Readonly<Record<string, unknown>> = {}) => readEvent('push', 'guid-1', JSON.parse(push(more)));
const real = (name: string) => examples.find((event) => event.name === name)?.examples ?? [];

describe('reading events', () => {
  test('a push to a branch is a trigger that names everything by id [B1][B4]', () => {
    expect(read()).toEqual({
      kind: 'handover',
      handover: {
        kind: 'push',
        requestKey: 'github/guid-1',
        repositoryId: 17,
        repository: 'acme/shop',
        installationId: 99,
        branch: 'main',
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
    expect(read(more)).toEqual({ kind: 'ignored', reason: expect.stringMatching(reason) });
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
    const acted = new Set(['push', 'workflow_run', 'pull_request']);
    const others = examples.filter(({ name }) => !acted.has(name));
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
    };
    const repository = { id: 17, full_name: 'acme/shop' };
    const told = (action: string, more: object = {}) =>
      readEvent('workflow_run', 'guid-1', { action, workflow_run: { ...run, ...more }, repository });
    expect(told('completed')).toMatchObject({
      handover: {
        kind: 'ci',
        requestKey: 'github/guid-1',
        repositoryId: 17,
        headRepositoryId: 18,
        workflow: '.github/workflows/ci.yml',
        branch: 'main',
        commit: 'a'.repeat(40),
        conclusion: 'success',
        event: 'push',
      },
    });
    expect(told('requested')).toMatchObject({ kind: 'ignored' });
    expect(told('completed', { head_branch: null })).toMatchObject({ kind: 'ignored' });
    expect(told('completed', { head_sha: '--help' })).toMatchObject({ kind: 'invalid' });
  });

  test('every real workflow_run example is understood [B1]', () => {
    const readings = real('workflow_run').map((payload) => readEvent('workflow_run', 'guid-1', payload).kind);
    expect(readings.length).toBeGreaterThan(3);
    expect(readings).not.toContain('invalid');
  });
});
