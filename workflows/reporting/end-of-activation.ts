import { condition } from '@temporalio/workflow';

/**
 * Resolves when everything that the workflow can do now is done, before its commands go to the server: reports of the
 * same moment are then known, however many promises lie between.
 */
export async function endOfActivation(): Promise<void> {
  // Conditions are also looked at between two messages; from a microtask on, only when all microtasks have run.
  await Promise.resolve();
  let looks = 0;
  await condition(() => (looks += 1) > 1);
}
