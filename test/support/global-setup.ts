/** Runs once before the first test file: starts what all of them share. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRegistry } from '../../infra/dev/registry.ts';
import { startTemporal } from '../../infra/dev/temporal.ts';
import { keepForTeardown } from './kept.ts';
import { publishTestRun } from './run.ts';
import { searchAttributeTypes } from './search-attribute-types.ts';

export default async function globalSetup(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'lf-'));
  const [temporal, registry] = await Promise.all([
    startTemporal({ dir: join(dir, 'temporal'), searchAttributes: searchAttributeTypes() }),
    startRegistry({ dir: join(dir, 'registry') }),
  ]);
  publishTestRun({ dir, temporal: temporal.address, registry: registry.address });
  keepForTeardown({ dir, stop: [temporal.kill, registry.stop] });
}
