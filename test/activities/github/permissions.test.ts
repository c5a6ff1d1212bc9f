import { describe, expect, test } from '@jest/globals';
import type { Approvers } from '../../../contracts/config/approval-settings.ts';
import { asActivity, startScene } from './scene.ts';

const { github, origin, activities } = await startScene();
const nobody: Approvers = { users: [], teams: [], permission: null };

const may = (login: string, approvers: Partial<Approvers>) =>
  asActivity(() => activities.findApprover({ origin, login, approvers: [{ ...nobody, ...approvers }] }));

test.each(['admin', 'maintain', 'write', 'triage', 'read', 'none'] as const)(
  'what somebody may do in the repository is asked anew: %s [A7]',
  async (role) => {
    github.setRole(origin.repositoryId, 'kim', role);
    expect(await asActivity(() => activities.permissionOf({ origin, login: 'kim' }))).toBe(role);
  },
);

describe('somebody may decide', () => {
  test.each([
    ['admin', 'write', true],
    ['maintain', 'maintain', true],
    ['write', 'write', true],
    ['write', 'maintain', false],
    ['maintain', 'admin', false],
    ['triage', 'write', false],
    ['read', 'write', false],
    ['none', 'write', false],
  ] as const)('with %s where %s is asked for: %s [A7]', async (role, permission, answer) => {
    github.setRole(origin.repositoryId, role, role);
    expect(await may(role, { permission })).toBe(answer);
  });

  test('as a member of one of the teams, as it is now [A7]', async () => {
    github.setTeam('acme/leads', ['lea']);
    const teams = ['acme/ops', 'acme/leads'];
    expect(await may('lea', { teams })).toBe(true);
    expect(await may('ann', { teams })).toBe(false);
    github.setTeam('acme/leads', []);
    expect(await may('lea', { teams })).toBe(false);
  });

  test('in any one of several ways [A7]', async () => {
    github.setRole(origin.repositoryId, 'ann', 'read');
    github.setTeam('acme/leads', ['ann']);
    expect(await may('ann', { permission: 'admin', teams: ['acme/leads'] })).toBe(true);
  });
});
