import type { Recalled } from '../../contracts/deployment/deployment.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { Database } from '../open.ts';
import { findEnd } from './environment-ends.ts';
import { findGates } from './gates.ts';
import { findLastLive } from './recent-live.ts';

/** The knowledge that an environment needs again after it has lost its history; `null`: there is none. */
export async function findRecalled(db: Database, key: EnvironmentKey): Promise<Recalled | null> {
  const [last, gates, destroyed] = await Promise.all([findLastLive(db, key), findGates(db, key), findEnd(db, key)]);
  if (!last && !gates && !destroyed) return null;
  const { live = null, previous = null, hold = null } = last ?? {};
  const { lock = null, pause = null, maintenance = null } = gates ?? {};
  const { lockChange = null, pauseChange = null, holdChange = null, maintenanceChange = null } = gates ?? {};
  const isResumed = hold !== null && holdChange !== null && hold.at <= holdChange;
  const change = Math.max(lockChange ?? 0, pauseChange ?? 0, holdChange ?? 0, maintenanceChange ?? 0);
  return {
    live,
    previous,
    hold: isResumed ? null : hold,
    lock,
    pause,
    change,
    ...(maintenance && { maintenance }),
    ...(destroyed && { destroyed }),
  };
}
