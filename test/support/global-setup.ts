/** Runs once before the first test file: starts what all of them share. */
import { chmodSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRegistry } from '../../infra/dev/registry.ts';
import { startTemporal } from '../../infra/dev/temporal.ts';
import { offerCluster } from './cluster/shared.ts';
import { keepForTeardown } from './kept.ts';
import { startTestPostgres } from './postgres.ts';
import { publishTestRun } from './run.ts';
import { searchAttributeTypes } from './search-attribute-types.ts';

const IN_MEMORY = '/dev/shm';
/** statfs(2), TMPFS_MAGIC. */
const TMPFS = 0x01021994;
/** Generous, for it is memory that the tests themselves cannot use; with less of it the disk will do. */
const ROOM_BYTES = 8e9;

export default async function globalSetup(): Promise<void> {
  const dir = mkdtempSync(join(roomiest(), 'lf-'));
  // PostgreSQL runs as an account of its own where we are root.
  chmodSync(dir, 0o711);
  const [temporal, registry, postgres, stopCluster] = await Promise.all([
    startTemporal({
      dir: join(dir, 'temporal'),
      searchAttributes: searchAttributeTypes(),
      dynamicConfig: {
        // Operators of a server of their own may allow it.
        'frontend.WorkflowPauseEnabled': 'true',
        // By default no timer or retry comes before a second is over (1.32.0: ten sleeps of 10 ms take 10 s, not 0.3 s).
        'history.timerProcessorMaxTimeShift': '"1ms"',
      },
    }),
    startRegistry({ dir: join(dir, 'registry') }),
    startTestPostgres(join(dir, 'postgres')),
    offerCluster(dir),
  ]);
  publishTestRun({ dir, temporal: temporal.address, registry: registry.address, postgres: postgres.url });
  keepForTeardown({ dir, stop: [temporal.kill, registry.stop, postgres.stop, stopCluster] });
}

/** In memory (tmpfs) where that has room for a whole run, which writes and removes tens of thousands of files. */
function roomiest(): string {
  try {
    const { type, bavail, bsize } = statfsSync(IN_MEMORY);
    if (type === TMPFS && bavail * bsize >= ROOM_BYTES) return IN_MEMORY;
  } catch {
    // Only Linux has it.
  }
  return tmpdir();
}
