/** People's roles in a repository, and their teams. */
import type { Needs } from '../auth.ts';
import { GitHubError } from '../errors.ts';
import { user } from '../payloads.ts';
import type { Models } from './operation.ts';

const METADATA: Needs = ['metadata', 'read'];
const MEMBERS: Needs = ['members', 'read'];

/** `permission` knows fewer words than `role_name` (GitHub REST, "Get repository permissions for a user"). */
const LEGACY: Readonly<Record<string, string>> = { maintain: 'write', triage: 'read' };

export const people: Models = {
  'repos/get-collaborator-permission-level': {
    needs: METADATA,
    answer: ({ state, repository, params }) => {
      const role = state.roles.get(repository.id)?.get(params.username) ?? 'none';
      return { status: 200, body: { permission: LEGACY[role] ?? role, role_name: role, user: null } };
    },
  },

  'teams/list-members-in-org': {
    needs: MEMBERS,
    answer: ({ state, params }) => {
      const { org, team_slug: team } = params;
      const members = state.teams.get(`${org}/${team}`);
      if (!members) throw new GitHubError(404, 'Not Found');
      return { status: 200, body: [...members].map((login) => user(state, login)) };
    },
  },

  'teams/get-membership-for-user-in-org': {
    needs: MEMBERS,
    answer: ({ state, params }) => {
      const { org, team_slug: team, username } = params;
      if (!state.teams.get(`${org}/${team}`)?.has(username)) throw new GitHubError(404, 'Not Found');
      const url = `${state.url}/organizations/1/team/1/memberships/${username}`;
      return { status: 200, body: { state: 'active', role: 'member', url } };
    },
  },
};
