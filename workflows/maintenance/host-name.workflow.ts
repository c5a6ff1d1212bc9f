import { condition } from '@temporalio/workflow';

/**
 * Holds a place's name for one engine, which its memo names (workers/place-names.ts). It does nothing: Temporal runs one workflow of an
 * id, whoever starts it, also while no worker is there. It is ended by force by the engine that takes the name over.
 */
export async function hostName(): Promise<void> {
  await condition(() => false);
}
