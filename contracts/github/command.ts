/** The commands that people write by comment on a pull request or an issue. Read from text by read-command.ts. */
import type { Permission } from './permission.ts';

/** The service, as `web` or `shop/web`, where a repository has several; `null`: the only one. */
interface OfService {
  readonly service: string | null;
}

interface OfEnvironment extends OfService {
  readonly environment: string | null;
}

interface OfWork extends OfService {
  /** A release's or a deployment's id; `null`: the one that is meant by where the comment stands. */
  readonly id: string | null;
}

export type PersonCommand =
  | (OfEnvironment & { readonly verb: 'deploy' | 'plan' | 'promote' | 'status' | 'queue' })
  /** `to`: a deployment's id or number, or the beginning of a commit's id. */
  | (OfEnvironment & { readonly verb: 'rollback'; readonly to: string | null })
  | (OfEnvironment & { readonly verb: 'lock'; readonly forMs: number; readonly reason: string })
  | (OfEnvironment & { readonly verb: 'unlock'; readonly force: boolean })
  | (OfWork & { readonly verb: 'approve' | 'reject'; readonly note: string })
  | (OfWork & { readonly verb: 'cancel' | 'retry' })
  | { readonly verb: 'help' };

export type Verb = PersonCommand['verb'];

/** In the order in which help lists them. */
export const USAGE = {
  deploy: ['/deploy [environment]', 'deploys the head of this pull request; on an issue, that of the default branch'],
  plan: ['/plan [environment]', 'says what `/deploy` would do, and changes nothing'],
  promote: ['/promote [environment]', 'takes what is live in the environment before it there, the same image'],
  rollback: ['/rollback [environment] [to DEPLOYMENT]', 'brings back what was live there before'],
  approve: ['/approve [note]', 'lets what waits for approval go on'],
  reject: ['/reject reason', 'ends what waits for approval'],
  cancel: ['/cancel [id]', 'stops what is under way; what it has switched is taken back'],
  retry: ['/retry [id]', 'releases what failed or was cancelled again'],
  lock: ['/lock [environment] --for 2h --reason why', "keeps everybody else's deployments waiting"],
  unlock: ['/unlock [environment] [--force]', 'lets them go on'],
  status: ['/status [environment]', 'the live versions, and how far behind they are'],
  queue: ['/queue [environment]', 'the running and waiting deployments, and why they wait'],
  help: ['/help', 'shows this'],
} as const satisfies Record<Verb, readonly [usage: string, what: string]>;

/** The permission on the repository that each one takes. About an approval the gate itself decides. */
export const NEEDS = {
  deploy: 'write',
  plan: 'read',
  promote: 'write',
  rollback: 'write',
  approve: 'read',
  reject: 'read',
  cancel: 'write',
  retry: 'write',
  lock: 'write',
  unlock: 'write',
  status: 'read',
  queue: 'read',
  help: 'read',
} as const satisfies Record<Verb, Permission>;

/** The first line of a comment, as we read it. */
export type ReadCommand =
  | { readonly kind: 'command'; readonly command: PersonCommand }
  /** One of ours, but not as it has to be. `problem`: a sentence without anything of what was written. */
  | { readonly kind: 'mistake'; readonly verb: Verb; readonly problem: string }
  | { readonly kind: 'unknown' };
