import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { workflowBundle } from '../support/temporal.ts';
import { tempDir } from '../support/tmp.ts';

/** What the workflows wait for, and how little of it is enough to see what comes after. */
const SHORTER = {
  "scheduleToStartTimeout: '1 minute'": "scheduleToStartTimeout: '2 seconds'",
  'scheduleToCloseTimeout: 30 * 60000': 'scheduleToCloseTimeout: 6000',
  'takeBack.scheduleToCloseTimeout + longer': 'takeBack.scheduleToCloseTimeout',
  "ANOTHER_WITHIN = '10 minutes'": "ANOTHER_WITHIN = '3 seconds'",
  "NEXT_PLACE_AFTER = '2 minutes'": "NEXT_PLACE_AFTER = '1 second'",
} as const;

/**
 * The workflows with less patience for a host that is away. The time-skipping server cannot help here: it does not
 * skip while an activity waits for a worker.
 *
 * @param more - further ones, for a test that is about them
 */
export async function impatientBundle(more: Readonly<Record<string, string>> = {}): Promise<{ codePath: string }> {
  const { codePath } = await workflowBundle();
  let code = await readFile(codePath, 'utf8');
  for (const [long, short] of Object.entries({ ...SHORTER, ...more })) {
    if (code.split(long).length !== 2)
      throw new Error(`The workflows should say ${long} exactly once: adapt this file.`);
    code = code.replace(long, short);
  }
  const impatient = join(tempDir(), 'impatient.js');
  await writeFile(impatient, code);
  return { codePath: impatient };
}
