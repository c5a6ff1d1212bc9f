import { setHandler } from '@temporalio/workflow';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import type { LockRequest, UnlockRequest } from '../../contracts/deployment/environment.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { Actor } from '../../contracts/core/actor.ts';
import type { GatesRecord } from '../../contracts/admission/store-records.ts';
import {
  lockEnvironment,
  pauseEnvironment,
  resumeEnvironment,
  unlockEnvironment,
} from '../messages/environment.messages.ts';
import type { Gates } from './blocks.ts';
import type { Teller } from '../reporting/store-recorder.ts';

interface Around {
  readonly key: EnvironmentKey;
  readonly store: Teller;
  /** What whoever changed something is answered. */
  readonly state: () => EnvironmentState;
  /** When it knows what was said before; `null`: it does. */
  readonly recalled: Promise<unknown> | null;
}

/** Lets people lock, pause and open an environment; who did what is in the audit trail. */
export function handleGates(gates: Gates, { key, store, state, recalled }: Around): void {
  let changes = 0;

  function changed(what: string, by: Actor, detail: string, said: GatesRecord['gates']): EnvironmentState {
    const at = Date.now();
    const subject = environmentId(key);
    const action = `environment.${what}`;
    changes += 1;
    // Within one millisecond two people may do the same.
    const id = `${action}/${subject}/${at}/${changes}`;
    store.say(
      { kind: 'recordGates', record: { key, change: gates.nextChange(at), gates: said } },
      { kind: 'recordAudit', record: { id, at, actor: `${by.kind}:${by.name}`, action, subject, detail } },
    );
    return state();
  }

  setHandler(
    lockEnvironment,
    async (request) => {
      if (recalled) {
        await recalled;
        // A validator cannot wait until it is known whose it is.
        gates.assertLockable(request);
      }
      const lock = gates.lock(request);
      return changed('lock', request.by, request.reason, { lock });
    },
    { validator: (request: LockRequest) => gates.assertLockable(request) },
  );
  setHandler(
    unlockEnvironment,
    async (request) => {
      if (recalled) {
        await recalled;
        gates.assertUnlockable(request);
      }
      const { by, force, tiedTo } = request;
      if (!gates.unlock(request)) return state();
      const detail = force ? 'by force' : tiedTo === undefined ? '' : `with ${tiedTo}`;
      return changed('unlock', by, detail, { lock: null });
    },
    { validator: (request: UnlockRequest) => gates.assertUnlockable(request) },
  );
  setHandler(pauseEnvironment, async (request) => {
    if (recalled) await recalled;
    const pause = gates.pause(request);
    return changed('pause', request.by, request.reason, { pause });
  });
  setHandler(resumeEnvironment, async ({ by }) => {
    if (recalled) await recalled;
    gates.resume();
    return changed('resume', by, '', { pause: null, hold: null });
  });
}
