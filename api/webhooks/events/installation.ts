import { z } from 'zod';
import { deliveryWorkflowId } from '../../../contracts/core/ids.ts';
import { actorOf, id, ignored, invalid, ofRepository } from './reading.ts';
import type { Reader } from './reading.ts';

const { sender } = ofRepository;
const Installation = z.object({
  action: z.string().max(100),
  installation: z.object({
    id,
    // Absent for an enterprise, which has a slug.
    account: z.object({ login: z.string().max(100).nullish(), slug: z.string().max(100).nullish() }).nullish(),
  }),
  sender,
});

/** The actions that change where we may act, and with which permissions. */
const CHANGES: ReadonlySet<string> = new Set([
  'created',
  'deleted',
  'suspend',
  'unsuspend',
  'new_permissions_accepted',
]);
const REPOSITORIES: ReadonlySet<string> = new Set(['added', 'removed']);

const reader =
  (event: string, acted: ReadonlySet<string>, what: (action: string) => string): Reader =>
  (deliveryId, payload) => {
    const parsed = Installation.safeParse(payload);
    if (!parsed.success) return invalid(event, parsed.error);
    const { action, installation, sender: by } = parsed.data;
    if (!acted.has(action)) return ignored(`Landfall does not act on ${action}`, 'action_not_used');
    const { account } = installation;
    return {
      kind: 'handover',
      handover: {
        kind: 'installation',
        requestKey: deliveryWorkflowId(deliveryId),
        installationId: installation.id,
        account: account?.login ?? account?.slug ?? '',
        change: what(action),
        actor: actorOf(by),
      },
    };
  };

/** The App was installed, removed, suspended, taken up again, or given other permissions. */
export const readInstallation = reader('installation', CHANGES, (action) => action.replaceAll('_', ' '));

/** An installation includes other repositories than before. */
export const readInstallationRepositories = reader(
  'installation_repositories',
  REPOSITORIES,
  (action) => `repositories ${action}`,
);
