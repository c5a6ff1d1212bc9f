/**
 * Gates that keep an environment's requests waiting or out: lock, pause, freeze, and the hold after a rollback by hand.
 */
import { isOnePerson } from '../../../contracts/core/actor.ts';
import type { Actor } from '../../../contracts/core/actor.ts';
import { FailureType } from '../../../contracts/core/failures.ts';
import type { FailureRecord } from '../../../contracts/core/failures.ts';
import { freezeAt } from '../../../contracts/config/freeze.ts';
import type { DeploymentRequest } from '../../../contracts/deployment/deployment.ts';
import type {
  DestroyRequest,
  EnvironmentLock,
  EnvironmentPause,
  LockRequest,
  RollbackHold,
  UnclearedPlace,
  UnlockRequest,
} from '../../../contracts/deployment/environment.ts';

/** The reason why a request may not run now, in words, and its end if that is known. */
export interface Block {
  readonly why: string;
  /** `null`: until a person ends it. */
  readonly until: number | null;
  /** Everything is as it was when it ends, while behind a lock or freeze only the newest is wanted. */
  readonly isPause?: true;
}

/** The gates that people have set; {@link blocksAt} leaves out those that time has ended. */
export interface Blocks {
  readonly lock: EnvironmentLock | null;
  readonly pause: EnvironmentPause | null;
  readonly hold: RollbackHold | null;
}

/** The end of an environment, ordered and not reached yet. */
export interface Destruction extends DestroyRequest {
  readonly at: number;
  readonly begun: boolean;
  /** Those that are not clear, once something keeps them so. */
  readonly places: readonly UnclearedPlace[];
}

/** The parts of a request that decide whether it may run. */
type Blockable = Pick<DeploymentRequest, 'actor' | 'alsoBy' | 'rollbackTo'> & {
  readonly environment: Pick<DeploymentRequest['environment'], 'freeze'>;
};

export const blocksAt = ({ lock, pause, hold }: Blocks, now: number): Blocks => ({
  lock: lockAt(lock, now),
  pause,
  hold,
});

/** `null`: it may run. A rollback waits for no freeze: it is how people get out of trouble. */
export function blockOf(
  { lock: anyLock, pause, destruction }: Blocks & { readonly destruction?: Destruction | null },
  { actor, alsoBy = [], environment, rollbackTo }: Blockable,
  now: number,
): Block | null {
  if (destruction) return { why: destroying(destruction), until: null, isPause: true };
  if (pause) return { why: `paused by ${pause.by.name}${because(pause.reason)}`, until: null, isPause: true };
  const lock = lockAt(anyLock, now);
  if (lock && ![actor, ...alsoBy].every((one) => isOnePerson(lock.owner, one))) {
    return { why: `locked by ${describeLock(lock)}`, until: lock.expiresAt };
  }
  const freeze = rollbackTo === undefined ? freezeAt(environment.freeze ?? [], now) : null;
  if (freeze) return { why: `frozen until ${iso(freeze.until)}${because(freeze.reason)}`, until: freeze.until };
  return null;
}

/** The reason why it must not run at all any more, now that its turn has come. */
export function refusedByHold(
  { hold }: Pick<Blocks, 'hold'>,
  { byHand }: Pick<DeploymentRequest, 'byHand'>,
): FailureRecord | null {
  if (!hold || byHand === true) return null;
  const message =
    `${hold.by.name} rolled back by hand at ${iso(hold.at)}, so automatic deployments stay out. ` +
    'Deploy this commit by name, or resume the environment.';
  return { type: FailureType.HeldAfterRollback, message };
}

/** The reason why a person may not lock or pause: it would go with the environment, unnoticed. `null`: they may. */
export const gateRefusal = ({ destruction }: { readonly destruction?: Destruction | null }): string | null =>
  destruction
    ? `It is being destroyed, by ${destruction.by.name}, and a lock or a pause would go with it. Set it once the environment has begun anew.`
    : null;

/** The reason why a person may not lock; `null`: they may. Locking again is changing one's own lock. */
export function lockRefusal(
  { lock: anyLock, destruction }: Pick<Blocks, 'lock'> & { readonly destruction?: Destruction | null },
  { by }: LockRequest,
  now: number,
) {
  if (destruction) return gateRefusal({ destruction });
  const lock = lockAt(anyLock, now);
  return !lock || isOnePerson(lock.owner, by) ? null : `It is locked already, by ${describeLock(lock)}.`;
}

/** The reason why a person may not destroy; `null`: they may. */
export const destroyRefusal = (blocks: Pick<Blocks, 'lock'>, request: DestroyRequest, now: number): string | null =>
  lockedByAnother(blocks, request, now);

/** In words with what to do; `null`: it is not. */
export function lockedByAnother(
  { lock: anyLock }: Pick<Blocks, 'lock'>,
  { by }: { readonly by: Actor },
  now: number,
): string | null {
  const lock = lockAt(anyLock, now);
  return !lock || isOnePerson(lock.owner, by) ? null : `It is locked by ${describeLock(lock)}. Unlock it first.`;
}

/** The reason why a person may not unlock; `null`: they may. */
export function unlockRefusal(
  { lock: anyLock }: Pick<Blocks, 'lock'>,
  { by, force, tiedTo }: UnlockRequest,
  now: number,
) {
  const lock = lockAt(anyLock, now);
  if (!lock || force || tiedTo !== undefined || isOnePerson(lock.owner, by)) return null;
  return `It is locked by ${describeLock(lock)}. Use force to unlock it.`;
}

/** The hold after a version became live: it decides whether automatic deployments go on. */
export function holdAfter(
  hold: RollbackHold | null,
  {
    deploymentId,
    actor,
    byHand,
    rollbackTo,
  }: Pick<DeploymentRequest, 'deploymentId' | 'actor' | 'byHand' | 'rollbackTo'>,
  now: number,
): RollbackHold | null {
  if (rollbackTo !== undefined) return { by: actor, at: now, deploymentId };
  return byHand === true ? null : hold;
}

/** The number of a change that is made now. It grows whatever the clock does, also when an environment begins anew. */
export const nextChange = (change: number, now: number): number => Math.max(change + 1, now);

const destroying = ({ by, places }: Destruction): string =>
  `destroyed by ${by.name}; begins anew afterwards${because(places.map(({ place, why }) => `${place} is not clear yet (${why})`).join(', '))}`;
const lockAt = (lock: EnvironmentLock | null, now: number): EnvironmentLock | null =>
  lock && (lock.expiresAt === null || now < lock.expiresAt) ? lock : null;
const iso = (at: number): string => new Date(at).toISOString();
const because = (reason: string): string => (reason === '' ? '' : `: ${reason}`);
const describeLock = ({ owner, reason, expiresAt }: EnvironmentLock): string =>
  `${owner.name}${expiresAt === null ? '' : ` until ${iso(expiresAt)}`}${because(reason)}`;
