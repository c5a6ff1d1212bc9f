import { isOnePerson } from '../../contracts/core/actor.ts';
import type { DeploymentRequest } from '../../contracts/deployment/deployment.ts';
import type {
  EnvironmentLock,
  EnvironmentPause,
  LockRequest,
  PauseRequest,
  RollbackHold,
  UnlockRequest,
} from '../../contracts/deployment/environment.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import { freezeAt } from '../../contracts/config/freeze.ts';

/** Why a request may not run now, in words, and until when if that is known. */
export interface Block {
  readonly why: string;
  /** `null`: until somebody does something. */
  readonly until: number | null;
  /** Everything is as it was when it ends, while behind a lock or freeze only the newest is wanted. */
  readonly isPause?: true;
}

export interface GateState {
  readonly lock: EnvironmentLock | null;
  readonly pause: EnvironmentPause | null;
  readonly hold: RollbackHold | null;
}

/** What gates are made of. */
export interface KnownGates extends Partial<GateState> {
  /** Of what was said last: `GatesRecord` in contracts/admission/store-records.ts. */
  readonly change?: number;
}

/** What of a request decides whether it may run. */
type Blockable = Pick<DeploymentRequest, 'actor' | 'alsoBy' | 'rollbackTo'> & {
  readonly environment: Pick<DeploymentRequest['environment'], 'freeze'>;
};

/** What keeps an environment's requests waiting or out: lock, pause, freeze, and the hold after a rollback by hand. */
export class Gates {
  #lock: EnvironmentLock | null;
  #pause: EnvironmentPause | null;
  #hold: RollbackHold | null;
  readonly #isOwner: typeof isOnePerson;
  #isResumed = false;
  #change: number;

  /** @param isOwner - whether an actor is a lock's owner */
  constructor({ lock = null, pause = null, hold = null, change = 0 }: KnownGates, isOwner = isOnePerson) {
    this.#isOwner = isOwner;
    this.#lock = lock;
    this.#pause = pause;
    this.#hold = hold;
    this.#change = change;
  }

  /** The number of what was said last. */
  get change(): number {
    return this.#change;
  }

  /** The number of what is said now. It grows whatever the clock does, also when an environment begins anew. */
  nextChange(now: number): number {
    this.#change = Math.max(this.#change + 1, now);
    return this.#change;
  }

  stateAt(now: number): GateState {
    return { lock: this.#lockAt(now), pause: this.#pause, hold: this.#hold };
  }

  /** `null`: it may run. A rollback waits for no freeze: it is how people get out of trouble. */
  blocks({ actor, alsoBy = [], environment, rollbackTo }: Blockable, now: number): Block | null {
    if (this.#pause) {
      return { why: `paused by ${this.#pause.by.name}${because(this.#pause.reason)}`, until: null, isPause: true };
    }
    const lock = this.#lockAt(now);
    if (lock && ![actor, ...alsoBy].every((one) => this.#isOwner(lock.owner, one))) {
      return { why: `locked by ${describeLock(lock)}`, until: lock.expiresAt };
    }
    const freeze = rollbackTo === undefined ? freezeAt(environment.freeze ?? [], now) : null;
    if (freeze) return { why: `frozen until ${iso(freeze.until)}${because(freeze.reason)}`, until: freeze.until };
    return null;
  }

  /** Why it must not run at all any more, now that its turn has come. */
  refuses({ byHand }: Pick<DeploymentRequest, 'byHand'>): FailureRecord | null {
    if (!this.#hold || byHand === true) return null;
    const message =
      `${this.#hold.by.name} rolled back by hand at ${iso(this.#hold.at)}, so automatic deployments stay out. ` +
      'Deploy this commit by name, or resume the environment.';
    return { type: FailureType.HeldAfterRollback, message };
  }

  /** @throws `EnvironmentLocked` when it is somebody else's */
  assertLockable({ by }: LockRequest): void {
    const lock = this.#lockAt(Date.now());
    if (!lock || isOnePerson(lock.owner, by)) return;
    throw failure(FailureType.EnvironmentLocked, `It is locked already, by ${describeLock(lock)}.`);
  }

  /** Locking again is changing one's own lock. */
  lock({ by, reason, forMs, tiedTo }: LockRequest): EnvironmentLock {
    const at = Date.now();
    const expiresAt = forMs === null ? null : at + forMs;
    this.#lock = { owner: by, reason, at, expiresAt, ...(tiedTo !== undefined && { tiedTo }) };
    return this.#lock;
  }

  /** @throws `EnvironmentLocked` when it is somebody else's and no force is used */
  assertUnlockable({ by, force, tiedTo }: UnlockRequest): void {
    const lock = this.#lockAt(Date.now());
    if (!lock || force || tiedTo !== undefined || isOnePerson(lock.owner, by)) return;
    throw failure(FailureType.EnvironmentLocked, `It is locked by ${describeLock(lock)}. Use force to unlock it.`);
  }

  /** @returns whether it was this request's to take away */
  unlock({ tiedTo }: UnlockRequest): boolean {
    if (tiedTo !== undefined && this.#lock?.tiedTo !== tiedTo) return false;
    this.#lock = null;
    return true;
  }

  pause({ by, reason }: PauseRequest): EnvironmentPause {
    this.#pause = { by, reason, at: Date.now() };
    return this.#pause;
  }

  resume(): void {
    this.#pause = null;
    this.#hold = null;
    this.#isResumed = true;
  }

  /** What was forgotten. What somebody has said meanwhile counts. */
  recall({ lock = null, pause = null, hold = null, change = 0 }: KnownGates): void {
    this.#lock ??= lock;
    this.#change = Math.max(this.#change, change);
    if (this.#isResumed) return;
    this.#pause ??= pause;
    this.#hold ??= hold;
  }

  /** What became live decides whether automatic deployments go on. */
  noteLive({
    deploymentId,
    actor,
    byHand,
    rollbackTo,
  }: Pick<DeploymentRequest, 'deploymentId' | 'actor' | 'byHand' | 'rollbackTo'>): void {
    if (rollbackTo !== undefined) this.#hold = { by: actor, at: Date.now(), deploymentId };
    else if (byHand === true) this.#hold = null;
  }

  #lockAt(now: number): EnvironmentLock | null {
    const lock = this.#lock;
    return lock && (lock.expiresAt === null || now < lock.expiresAt) ? lock : null;
  }
}

const iso = (at: number): string => new Date(at).toISOString();
const because = (reason: string): string => (reason === '' ? '' : `: ${reason}`);
const describeLock = ({ owner, reason, expiresAt }: EnvironmentLock): string =>
  `${owner.name}${expiresAt === null ? '' : ` until ${iso(expiresAt)}`}${because(reason)}`;
