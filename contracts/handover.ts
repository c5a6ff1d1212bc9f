import type { CheckClick } from './check-run.ts';
import type { Trigger } from './delivery.ts';
import type { ProtectedJob } from './protection.ts';

/** What an accepted delivery of GitHub's asks for: one workflow each, which its kind names. Kept in the inbox. */
export type Handover = Trigger | CheckClick | ProtectedJob;

const WORKFLOW = {
  push: 'delivery',
  ci: 'delivery',
  request: 'delivery',
  image: 'delivery',
  rollback: 'delivery',
  check: 'checkClick',
  protection: 'protectionRequest',
} as const satisfies Record<Handover['kind'], string>;

/** The type of the workflow that takes it up, with the hand-over as its only argument. */
export const workflowOf = ({ kind }: Handover): string => WORKFLOW[kind];
