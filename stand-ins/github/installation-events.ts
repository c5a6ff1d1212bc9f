/** Changes of the App's installations, in GitHub's own events. */
import { wire } from './wire.ts';
import { installationPayload } from './operations/apps.ts';
import { user } from './payloads.ts';
import { type Installation, type Repository, type State, fullName } from './state.ts';
import type { Webhooks } from './webhooks.ts';

export type InstallationAction = 'created' | 'deleted' | 'suspend' | 'unsuspend' | 'new_permissions_accepted';

const listed = ({ id, owner, name, private: isPrivate }: Repository) => ({
  id: wire(id),
  node_id: `R_${id}`,
  name,
  full_name: fullName({ owner, name }),
  private: isPrivate,
});

const theirs = (state: State, { account }: Installation) =>
  [...state.repositories.values()].filter(({ owner, installed }) => owner === account && installed);

/** Sends `installation`. */
export function tellInstallation(
  state: State,
  webhooks: Webhooks,
  installation: Installation,
  action: InstallationAction,
): void {
  const payload = {
    installation: installationPayload(state, installation),
    repositories: theirs(state, installation).map(listed),
    sender: user(state, 'octocat'),
    ...(action === 'created' && { requester: null }),
  };
  webhooks.emit('installation', { action, installation }, payload);
}

/** Sends `installation_repositories`: this one belongs to it from now on, or no longer does. */
export function tellInstallationRepository(
  state: State,
  webhooks: Webhooks,
  { installation, repository }: { readonly installation: Installation; readonly repository: Repository },
): void {
  const added = repository.installed;
  const payload = {
    installation: installationPayload(state, installation),
    repositories_added: added ? [listed(repository)] : [],
    repositories_removed: added ? [] : [listed(repository)],
    repository_selection: 'selected',
    requester: null,
    sender: user(state, 'octocat'),
  };
  webhooks.emit('installation_repositories', { action: added ? 'added' : 'removed', installation }, payload);
}
