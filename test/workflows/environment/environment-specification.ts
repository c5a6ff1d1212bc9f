/**
 * An environment's promises for its queue, and nothing of how it keeps them: no timer, no waiting, no workflow. Tests
 * move its clock.
 */
import type { QueueMode } from '../../../contracts/config/queue-mode.ts';

export const PEOPLE = ['ann', 'bob'] as const;
export type Person = (typeof PEOPLE)[number];

/** The causes of a request: an event; a commit that some event names; a person; a person who goes back. */
export const CAUSES = ['event', 'name', 'hand', 'rollback'] as const;
/** `back`: a person goes back and names no target, so that it is decided when its turn comes. */
export type Cause = (typeof CAUSES)[number] | 'back';

/**
 * The end of a deployment that fails at this step; at `restore`: one that has taken effect and cannot be taken back.
 */
export const FAILURES = {
  prepare: 'failed: ImageNotFound',
  switchTo: 'rolled_back: PortTaken',
  restore: 'rollback_failed: RollbackFailed',
} as const;
export type Failing = keyof typeof FAILURES;

/** Every way in which a request ends. */
export const ENDS = [
  ...['live', 'cancelled', 'superseded: Superseded', 'failed: EnvironmentBusy', 'cancelled: HeldAfterRollback'],
  ...Object.values(FAILURES),
] as const;
/** A rollback without a target ends so that has nothing to take back any more, or something else. */
export const ENDS_OF_GOING_BACK = ['cancelled: Refused', 'superseded: Superseded'] as const;

/** From which deployment to which a rollback goes that names no target. */
export interface Way {
  readonly from: number;
  readonly to: number;
}

export interface Asked {
  readonly sequence: number;
  readonly cause: Cause;
  /** Milliseconds for which a freeze window still holds; 0: none does. */
  readonly frozenMs: number;
  readonly by: Person;
  /** The environment's answer to the order: {@link Specification.wayBack}. With `back` only. */
  readonly way?: Way;
}

interface Waiting extends Asked {
  readonly frozenUntil: number;
}

interface Lock {
  readonly owner: Person;
  /** `null`: until a person opens it. */
  readonly until: number | null;
}

export type Command =
  | ({ readonly do: 'ask' } & Asked)
  | { readonly do: 'finish' }
  | { readonly do: 'fail'; readonly at: Failing }
  | { readonly do: 'cancel'; readonly sequence: number }
  /** `forMs`: `null`: until a person opens it. Locking one's own lock again changes how long it holds. */
  | { readonly do: 'lock'; readonly by: Person; readonly forMs: number | null }
  | { readonly do: 'unlock'; readonly by: Person; readonly force: boolean }
  | { readonly do: 'pause' | 'resume' }
  /** The deployment that runs does not go on, or does again. */
  | { readonly do: 'halt' | 'go-on' }
  /** The worker is back of the host on which something could not be taken back. */
  | { readonly do: 'mend' }
  /** The history grows until a new run begins, which changes nothing else. */
  | { readonly do: 'renew' }
  /** No person acts until time has changed something. */
  | { readonly do: 'wait' };

/** Everything that may happen by itself has happened after each command. */
export class Specification {
  readonly mode: QueueMode;
  /** In milliseconds since it began. */
  now = 0;
  waiting: Waiting[] = [];
  running: Asked | null = null;
  live: number | null = null;
  previous: number | null = null;
  lock: Lock | null = null;
  paused = false;
  /** The rollback by hand since which nothing automatic is deployed. */
  hold: number | null = null;
  halted = false;
  /** The deployment that has failed, serves the host all the same, and is not live. */
  split: number | null = null;
  /** Says that the host may or may not have been mended: another deployment began at once. */
  isUnsure = false;
  /** Nothing that has failed is left on the host. */
  isTidy = true;
  /** The rollbacks that landed, each with its target. */
  readonly broughtBack = new Map<number, number>();
  /** Rollbacks that were ordered anew, because back was somewhere else by then. */
  readonly orderedAgain: Way[] = [];
  readonly ended = new Map<number, string>();
  /** The begin of each one that ran. */
  readonly began = new Map<number, number>();

  constructor(mode: QueueMode) {
    this.mode = mode;
  }

  /** The place of every request so far, by number. */
  get places(): readonly (readonly [number, string])[] {
    const waits = this.waiting.map(({ sequence }) => [sequence, 'waits'] as const);
    return [...this.ended, ...waits, ...(this.running ? [[this.running.sequence, 'runs'] as const] : [])];
  }

  apply(step: Command): void {
    switch (step.do) {
      case 'ask':
        this.#ask(step);
        break;
      case 'finish':
        if (this.running) this.#land(this.running);
        break;
      case 'fail':
        if (this.running) this.#fail(this.running, step.at);
        break;
      case 'cancel':
        this.#cancel(step.sequence);
        break;
      case 'lock':
        if (this.lock && this.lock.owner !== step.by) break;
        this.lock = { owner: step.by, until: step.forMs === null ? null : this.now + step.forMs };
        break;
      case 'unlock':
        if (step.force || this.lock?.owner === step.by) this.lock = null;
        break;
      case 'pause':
        this.paused = true;
        break;
      case 'resume':
        this.paused = false;
        this.hold = null;
        break;
      case 'halt':
      case 'go-on':
        this.halted = step.do === 'halt' && this.running !== null;
        break;
      case 'mend':
        if (!this.running) this.split = null;
        break;
      case 'renew':
        break;
      case 'wait':
        this.pass(this.endsAt ?? this.now);
        break;
    }
    this.#settle();
  }

  /** The version that serves the host. */
  get serving(): number | null {
    return this.split ?? this.live;
  }

  /** The way of a rollback without a target that is ordered now; `null`: it is refused at once. */
  get wayBack(): Way | null {
    const isOnItsWay = this.running !== null && !goesBack(this.running);
    if (!isOnItsWay && this.live !== null && this.broughtBack.has(this.live)) return null;
    const [from, to] = isOnItsWay ? [this.running?.sequence ?? null, this.live] : [this.live, this.previous];
    return from === null || to === null ? null : { from, to };
  }

  /** When time alone changes something next; `null`: never. */
  get endsAt(): number | null {
    const ends = [this.lock?.until ?? null, ...this.waiting.map(({ frozenUntil }) => frozenUntil)];
    const ahead = ends.filter((at) => at !== null).filter((at) => at > this.now);
    return ahead.length === 0 ? null : Math.min(...ahead);
  }

  /** Blocks that end by then end in their turn, and the requests behind them run before the next one ends. */
  pass(until: number): void {
    for (let at = this.endsAt; at !== null && at <= until; at = this.endsAt) {
      this.now = at;
      if (this.lock?.until === at) this.lock = null;
      this.#settle();
    }
    this.now = until;
  }

  #ask(request: Asked): void {
    const asked: Waiting = { ...request, frozenUntil: this.now + request.frozenMs };
    const isSame = (one: Asked | null) => one?.sequence === asked.sequence;
    if (this.ended.has(asked.sequence) || isSame(this.running) || this.waiting.some(isSame)) return;
    if (this.mode === 'reject' && (this.running || this.waiting.length > 0 || this.#isBlocked(asked))) {
      this.ended.set(asked.sequence, 'failed: EnvironmentBusy');
      return;
    }
    if (this.mode === 'supersede') {
      const older = this.waiting.filter(({ cause, sequence }) => cause === 'event' && sequence < asked.sequence);
      for (const one of older) this.#end(one, 'superseded: Superseded');
    }
    // In `fifo` as well, a person who opens a lock or freeze lets only the newest of those behind it go on.
    if (this.mode === 'fifo' && !this.paused && asked.cause === 'event' && this.#isBlocked(asked)) {
      const held = this.waiting.filter(
        (one) => one.cause === 'event' && one.sequence < asked.sequence && this.#isBlocked(one),
      );
      for (const one of held) this.#end(one, 'superseded: Superseded');
    }
    this.waiting.push(asked);
  }

  #cancel(sequence: number): void {
    const meant = [this.running, ...this.waiting].find((one) => one?.sequence === sequence);
    if (!meant) return;
    if (meant === this.running) this.#mendBy('the environment');
    this.#end(meant, 'cancelled');
  }

  #fail(asked: Asked, at: Failing): void {
    if (at === 'restore') [this.split, this.isUnsure, this.isTidy] = [asked.sequence, false, false];
    else this.#mendBy(at === 'switchTo' ? 'the deployment' : 'the environment');
    this.#end(asked, FAILURES[at]);
  }

  /** Taking one back brings back the live version on every host. A mending beside deployments ends when one begins. */
  #mendBy(whom: 'the deployment' | 'the environment'): void {
    this.isUnsure = whom === 'the environment' && (this.split !== null || this.isUnsure);
    this.split = null;
  }

  #land(asked: Asked): void {
    this.previous = this.live;
    this.live = asked.sequence;
    this.#mendBy('the deployment');
    this.isTidy = true;
    const to = asked.cause === 'rollback' ? 0 : asked.way?.to;
    if (to !== undefined) this.broughtBack.set(asked.sequence, to);
    if (goesBack(asked)) this.hold = asked.sequence;
    if (asked.cause === 'hand') this.hold = null;
    this.#end(asked, 'live');
  }

  #end(asked: Asked, how: string): void {
    this.ended.set(asked.sequence, how);
    this.waiting = this.waiting.filter((one) => one !== asked);
    if (this.running !== asked) return;
    this.running = null;
    this.halted = false;
  }

  /** First come, first served, among those that may run. */
  #settle(): void {
    while (!this.running) {
      const next = this.waiting.find((one) => !this.#isBlocked(one));
      if (!next) break;
      const isBehind = next.cause === 'event' && this.live !== null && next.sequence < this.live;
      const isAutomatic = next.cause === 'event' || next.cause === 'name';
      const refusal = next.way && this.#judge(next.way);
      if (isBehind) this.#end(next, 'superseded: Superseded');
      else if (isAutomatic && this.hold !== null) this.#end(next, 'cancelled: HeldAfterRollback');
      else if (refusal !== undefined) this.#end(next, refusal);
      else {
        this.waiting = this.waiting.filter((one) => one !== next);
        this.running = next;
        this.began.set(next.sequence, this.now);
      }
    }
    if (!this.running) this.isUnsure = false;
  }

  /**
   * Two people who see the same trouble go back one step, and a version that has failed by itself needs no rollback.
   */
  #judge({ from, to }: Way): string | undefined {
    const { live, previous } = this;
    if (live === from) return undefined;
    if (live === to) return this.split === null ? 'cancelled: Refused' : undefined;
    const brought = live === null ? undefined : this.broughtBack.get(live);
    if (brought === to) return undefined;
    if (brought !== undefined || live === null || previous === null) return 'cancelled: Refused';
    this.orderedAgain.push({ from: live, to: previous });
    return 'superseded: Superseded';
  }

  /** A rollback waits for no freeze. */
  #isBlocked(asked: Waiting): boolean {
    const isLockedOut = this.lock !== null && this.lock.owner !== asked.by;
    return this.paused || isLockedOut || (this.now < asked.frozenUntil && !goesBack(asked));
  }
}

const goesBack = ({ cause }: Asked): boolean => cause === 'rollback' || cause === 'back';
