/** The workflows with other times than in production. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TIMEOUTS } from '../../workflows/lib/timeouts.ts';
import type { Timeouts } from '../../workflows/lib/timeouts.ts';
import { tempDir } from './tmp.ts';
import { bundleReplacing } from './workflow-bundle.ts';

const REPLACED = {
  [fileURLToPath(new URL('../../workflows/lib/timeouts.ts', import.meta.url))]: fileURLToPath(
    new URL('./injected-timeouts.ts', import.meta.url),
  ),
};

/** Some of the times of each kind. */
type Some<T> = { readonly [K in keyof T]?: T[K] extends number ? number : Some<T[K]> };

/**
 * The workflows with these times, and production's for the rest. For tests of what comes after a wait, where the
 * time-skipping server cannot help: it does not skip while an activity waits for a worker.
 *
 * Bundling takes seconds, so it is done once for all tests: the times stand in front of the code.
 */
export async function bundleWithTimeouts(others: Some<Timeouts>): Promise<{ readonly codePath: string }> {
  const { codePath } = await bundleReplacing(REPLACED);
  const times = JSON.stringify(merged(TIMEOUTS, others));
  const injected = join(tempDir(), 'workflows.js');
  await writeFile(injected, `const INJECTED_TIMEOUTS = ${times};${await readFile(codePath, 'utf8')}`);
  return { codePath: injected };
}

function merged<T extends object>(all: T, others: Some<T>): T {
  const changed = Object.entries(others).map(([name, other]) => {
    const value = all[name as keyof T];
    return [name, typeof value === 'object' && value !== null ? merged(value, other as Some<typeof value>) : other];
  });
  return { ...all, ...(Object.fromEntries(changed) as Partial<T>) };
}
