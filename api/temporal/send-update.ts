/** Sends an update to a workflow, and sends it again where a failed task of that workflow took the update with it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { isNotReady } from '../http/temporal-errors.ts';

/** A repeated message with the same id takes effect once and gets the same answer. */
export interface Once {
  readonly updateId?: string;
}

/** The time that a person waits at a prompt before "it goes on, look here" is the better answer. */
export const DECISION_DEADLINE_MS = 8_000;
const FIRST_PAUSE_MS = 50;

/**
 * The answer to the update, within {@link DECISION_DEADLINE_MS}. An update that meets a failed task is aborted by the server and
 * not kept (temporalio/temporal#7296), so it goes out again with the same id.
 *
 * @param send - once for each attempt
 * @throws what `send` throws; of the last attempt, when the time is up
 */
export async function sendUpdate<T>(
  client: Client,
  send: (once: Required<Once>) => Promise<T>,
  { updateId = randomUUID() }: Once = {},
): Promise<T> {
  const deadline = Date.now() + DECISION_DEADLINE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    try {
      return await client.withDeadline(deadline, () => send({ updateId }));
    } catch (error) {
      if (!isNotReady(error) || Date.now() + pauseMs > deadline) throw error;
      await delay(pauseMs);
    }
  }
}
