/** GitHub's knowledge of people: their permission on a repository, and their teams. */
import { z } from 'zod';
import { APPROVER_PERMISSIONS, type Approvers } from '../../contracts/config/approval-settings.ts';
import type { GitHubOrigin } from '../../contracts/config/service.ts';
import { PERMISSIONS, type Permission } from '../../contracts/github/permission.ts';
import { failureOf } from '../../contracts/core/failures.ts';
import type { GitHubCall, GitHubClient } from './client.ts';
import type { ApproverQuestion, PermissionQuestion } from './github.port.ts';

const Answer = z.object({ permission: z.string(), role_name: z.string().optional() });
const Members = z.array(z.object({ login: z.string() }));
const Membership = z.object({ state: z.string() });

export function createPeople(client: GitHubClient) {
  const call = <T>(
    origin: GitHubOrigin,
    what: string,
    permissions: GitHubCall<T>['permissions'],
    answer: z.ZodType<T>,
    signal: AbortSignal,
  ): GitHubCall<T> => ({ origin, permissions, what, answer, signal });

  /**
   * The role that counts: `permission` folds `maintain` into `write` and `triage` into `read`, so `role_name` is read
   * where there is one (GitHub REST, "Get repository permissions for a user").
   */
  async function roleOf(origin: GitHubOrigin, login: string, signal: AbortSignal): Promise<string> {
    const what = `Reading the permission of ${login}`;
    const found = await client.call(call(origin, what, { metadata: 'read' }, Answer, signal), (github, repository) =>
      github.rest.repos.getCollaboratorPermissionLevel({ ...repository, username: login }),
    );
    const role = found.role_name ?? found.permission;
    // An organisation's own role says in `permission` what it amounts to.
    return KNOWN.has(role) ? role : found.permission;
  }

  async function isMember(origin: GitHubOrigin, team: string, login: string, signal: AbortSignal): Promise<boolean> {
    const [org = '', slug = ''] = team.split('/');
    const what = `Looking whether ${login} is in ${team}`;
    try {
      const { state } = await client.call(call(origin, what, { members: 'read' }, Membership, signal), (github) =>
        github.rest.teams.getMembershipForUserInOrg({ org, team_slug: slug, username: login }),
      );
      return state === 'active';
    } catch (error) {
      if (failureOf(error)?.type === 'GitHubNotFound') return false;
      throw error;
    }
  }

  /** The logins of the first hundred; none of a team that is not there. */
  async function membersOf(origin: GitHubOrigin, team: string, signal: AbortSignal): Promise<readonly string[]> {
    const [org = '', slug = ''] = team.split('/');
    const what = `Reading who is in ${team}`;
    try {
      const members = await client.call(call(origin, what, { members: 'read' }, Members, signal), (github) =>
        github.rest.teams.listMembersInOrg({ org, team_slug: slug, per_page: 100 }),
      );
      return members.map(({ login }) => login);
    } catch (error) {
      if (failureOf(error)?.type === 'GitHubNotFound') return [];
      throw error;
    }
  }

  async function teamSize(
    origin: GitHubOrigin,
    { team, asker }: { readonly team: string; readonly asker: string },
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const members = await membersOf(origin, team, signal);
    if (members.length === 0) return (await roleOf(origin, asker, signal)) === 'admin' ? 0 : undefined;
    const isIn = members.some((login) => login.toLowerCase() === asker.toLowerCase());
    return isIn ? members.length : undefined;
  }

  async function isAmong({ teams, permission }: Approvers, { origin, login }: ApproverQuestion, signal: AbortSignal) {
    if (permission !== null) {
      const role = await roleOf(origin, login, signal);
      if (rank(role) >= rank(permission)) return true;
    }
    for (const team of teams) if (await isMember(origin, team, login, signal)) return true;
    return false;
  }

  return {
    /**
     * The number of people in a team, 100 at most, for a person to whom GitHub shows the team: its members. That there is
     * no such team is for administrators of the repository, who give teams access to it.
     *
     * @returns `undefined` for other people
     * @throws `GitHub*`
     */
    teamSize,

    /** See `GitHubActivities.permissionOf`. */
    async permissionOf({ origin, login }: PermissionQuestion, signal: AbortSignal): Promise<Permission> {
      const role = await roleOf(origin, login, signal);
      return PERMISSIONS.find((one) => one === role) ?? 'none';
    },

    /** See `GitHubActivities.findApprover`. */
    async findApprover(question: ApproverQuestion, signal: AbortSignal): Promise<boolean> {
      for (const approvers of question.approvers) if (await isAmong(approvers, question, signal)) return true;
      return false;
    },
  };
}

const KNOWN: ReadonlySet<string> = new Set(PERMISSIONS);
/** Below zero for what may not decide at all. */
const rank = (role: string): number => APPROVER_PERMISSIONS.findIndex((one) => one === role);
