import { z } from 'zod';
import type { Actor } from '../../core/actor.ts';
import type { GitHubId } from '../../core/github-id.ts';
import { deliveryWorkflowId } from '../../core/ids.ts';
import { actorOf, id, ignored, invalid, ofRepository } from './event.ts';
import type { EventWork, Reading } from './event.ts';

/** A change to the App's installation. Its details are read from GitHub: events come in any order. */
export interface InstallationChange {
  readonly kind: 'installation';
  readonly requestKey: string;
  readonly installationId: GitHubId;
  /** The login of its owner. */
  readonly account: string;
  /** `suspend`, `repositories added`, …: for people. */
  readonly change: string;
  readonly actor: Actor;
}

export const installationChange = {
  workflow: 'installation',
  ifLost: 'again',
  summary: ({ change, account }) => `${change} of the installation at ${account}`,
} as const satisfies EventWork<InstallationChange>;

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

/** Reads an event whose action is one of these. */
export const readChange =
  (acted: ReadonlySet<string>, what: (action: string) => string) =>
  (deliveryId: string, payload: unknown): Reading<InstallationChange> => {
    const parsed = Installation.safeParse(payload);
    if (!parsed.success) return invalid(parsed.error);
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
