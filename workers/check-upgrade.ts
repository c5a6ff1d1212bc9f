/**
 * Whether this version could take over from a Landfall that runs: a look, which changes nothing.
 *
 *   node workers/check-upgrade.ts
 *
 * Configured by the environment of the Landfall that runs (workers/config.ts), which so is checked, too; people start it by
 * `landfall upgrade`. Prints one JSON line (contracts/core/upgrade-check.ts), and ends with 1 when that is an error.
 */
import { join } from 'node:path';
import type { UpgradeCheckLine } from '../contracts/core/upgrade-check.ts';
import { inspectStore } from '../store/inspect.ts';
import { readConfig } from './config.ts';
import { createLogger, logTemporalTo } from './logger.ts';
import { rehearseTakeOver, thisVersion } from './take-over.ts';
import { connectTemporal } from './temporal.ts';
import { workflowBundle } from './workflow-bundle.ts';

async function check(): Promise<UpgradeCheckLine> {
  // An installation that was cut off lacks a module of these.
  await import('./standalone.ts');
  const config = readConfig(process.env);
  logTemporalTo(createLogger('fatal'));
  const [standing, bundle, temporal] = await Promise.all([
    inspectStore(config.databaseUrl),
    workflowBundle(join(config.dataDir, 'cache')),
    connectTemporal(config.temporal),
  ]);
  try {
    const rehearsal = await rehearseTakeOver({ standing, client: temporal.client, workflowBundle: bundle });
    const { version } = await thisVersion(bundle);
    const { last, lacks, isNewer } = standing;
    return { version, former: last?.version ?? null, lacks, isNewer, rehearsal: rehearsal ?? null };
  } finally {
    await temporal.close();
  }
}

if (import.meta.main) {
  const line = await check().catch((error: unknown) => ({
    error: error instanceof Error ? error.message : String(error),
  }));
  process.stdout.write(`${JSON.stringify(line)}\n`);
  process.exitCode = 'error' in line ? 1 : 0;
}
