/** People lock, pause and open an environment; who did what is in the audit trail. */
import { environmentId } from '../../../contracts/core/ids.ts';
import type { Actor } from '../../../contracts/core/actor.ts';
import type { GatesRecord } from '../../../contracts/admission/store-records.ts';
import type {
  EnvironmentLock,
  LockRequest,
  PauseRequest,
  ResumeRequest,
  UnlockRequest,
} from '../../../contracts/deployment/environment.ts';
import { audited } from '../../reporting/audit.ts';
import { nextChange } from './blocks.ts';
import { unchanged } from './state.ts';
import type { State, Step } from './state.ts';

export function lock(state: State, { by, reason, forMs, tiedTo }: LockRequest, now: number): Step {
  const expiresAt = forMs === null ? null : now + forMs;
  const taken: EnvironmentLock = { owner: by, reason, at: now, expiresAt, ...(tiedTo !== undefined && { tiedTo }) };
  return said({ ...state, lock: taken }, { what: 'lock', by, detail: reason, now }, { lock: taken });
}

/** A lock that is tied to something else stays, and that is no error. */
export function unlock(state: State, { by, force, tiedTo }: UnlockRequest, now: number): Step {
  if (tiedTo !== undefined && state.lock?.tiedTo !== tiedTo) return unchanged(state);
  const detail = force ? 'by force' : tiedTo === undefined ? '' : `with ${tiedTo}`;
  return said({ ...state, lock: null }, { what: 'unlock', by, detail, now }, { lock: null });
}

export function pause(state: State, { by, reason }: PauseRequest, now: number): Step {
  const taken = { by, reason, at: now };
  return said({ ...state, pause: taken }, { what: 'pause', by, detail: reason, now }, { pause: taken });
}

/** Ends a pause and a hold. */
export function resume(state: State, { by }: ResumeRequest, now: number): Step {
  const open = { ...state, pause: null, hold: null, resumed: true };
  return said(open, { what: 'resume', by, detail: '', now }, { pause: null, hold: null });
}

export interface Said {
  readonly what: string;
  readonly by: Actor;
  readonly detail: string;
  readonly now: number;
}

/** A person's change, with a number of its own: reported to the store, and in the audit trail. */
export function said(state: State, { what, by, detail, now }: Said, gates: GatesRecord['gates']): Step {
  const { key } = state;
  const subject = environmentId(key);
  const action = `environment.${what}`;
  const change = nextChange(state.change, now);
  // Two people may do the same within one millisecond; the number of the change tells them apart.
  const audit = audited({ action, subject, key: `${String(now)}/${String(change)}`, by, at: now, detail });
  return {
    state: { ...state, change },
    effects: [
      {
        kind: 'tell',
        tellings: [{ kind: 'recordGates', record: { key, change, gates } }, audit],
      },
    ],
  };
}
