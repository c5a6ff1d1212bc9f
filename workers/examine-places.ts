/**
 * Looks at the places that the files of settings name, with the parts that Landfall runs with and without Landfall: no Temporal,
 * no database. `LANDFALL_CLUSTERS_FILE=… node workers/examine-places.ts`; people start it by `landfall doctor`.
 *
 * Prints one JSON line for each place (contracts/config/examined-place.ts). Ends with 1 when a file cannot be read.
 */
import { SERVED_KINDS } from '../activities/targets/targets.ts';
import type { ServedKind } from '../activities/targets/kind.port.ts';
import type { ExaminedPlace } from '../contracts/config/examined-place.ts';
import { readClusters } from './settings.ts';

/** A cluster that does not answer has been away for long enough by then. */
const LIMIT_MS = 60_000;

async function examineAll(file: string | undefined, signal: AbortSignal): Promise<readonly ExaminedPlace[]> {
  const clusters = file ? readClusters(file) : [];
  const kinds: readonly ServedKind[] = Object.values(SERVED_KINDS);
  return (await Promise.all(kinds.map(async (kind) => kind.examine?.({ clusters }, signal) ?? []))).flat();
}

if (import.meta.main) {
  try {
    const found = await examineAll(process.env['LANDFALL_CLUSTERS_FILE'], AbortSignal.timeout(LIMIT_MS));
    for (const one of found) process.stdout.write(`${JSON.stringify(one)}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
