import { setHandler } from '@temporalio/workflow';
import type { EnvironmentState } from '../../contracts/deployment.ts';
import type { LockRequest, UnlockRequest } from '../../contracts/environment.ts';
import { environmentId } from '../../contracts/ids.ts';
import type { EnvironmentKey } from '../../contracts/keys.ts';
import type { Actor } from '../../contracts/actor.ts';
import { lockEnvironment, pauseEnvironment, resumeEnvironment, unlockEnvironment } from '../environment.messages.ts';
import type { Gates } from './gates.ts';
import type { Teller } from './teller.ts';

interface Around {
  readonly key: EnvironmentKey;
  readonly store: Teller;
  /** What whoever changed something is answered. */
  readonly state: () => EnvironmentState;
}

/** Lets people lock, pause and open an environment; who did what is in the audit trail. */
export function handleGates(gates: Gates, { key, store, state }: Around): void {
  let changes = 0;

  function changed(what: string, by: Actor, detail: string): EnvironmentState {
    const at = Date.now();
    const subject = environmentId(key);
    const action = `environment.${what}`;
    changes += 1;
    // Within one millisecond two people may do the same.
    const id = `${action}/${subject}/${at}/${changes}`;
    store.say({ kind: 'recordAudit', record: { id, at, actor: `${by.kind}:${by.name}`, action, subject, detail } });
    return state();
  }

  setHandler(
    lockEnvironment,
    (request) => {
      gates.lock(request);
      return changed('lock', request.by, request.reason);
    },
    { validator: (request: LockRequest) => gates.assertLockable(request) },
  );
  setHandler(
    unlockEnvironment,
    (request) => {
      const { by, force, tiedTo } = request;
      if (!gates.unlock(request)) return state();
      return changed('unlock', by, force ? 'by force' : tiedTo === undefined ? '' : `with ${tiedTo}`);
    },
    { validator: (request: UnlockRequest) => gates.assertUnlockable(request) },
  );
  setHandler(pauseEnvironment, (request) => {
    gates.pause(request);
    return changed('pause', request.by, request.reason);
  });
  setHandler(resumeEnvironment, ({ by }) => {
    gates.resume();
    return changed('resume', by, '');
  });
}
