/** Before another version takes over, the histories of all open workflows are replayed on its code. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { CONTROL_QUEUE } from '../contracts/core/queues.ts';
import { SHOWN_BROKEN, type Rehearsal } from '../contracts/core/upgrade-check.ts';

/** A namespace may hold workflows of other programs, on queues of theirs. */
const OURS = `ExecutionStatus = "Running" AND TaskQueue = "${CONTROL_QUEUE}"`;
/** The longest reason that is shown: Temporal's words can hold a whole event. */
const MAX_REASON = 300;

interface Options {
  readonly client: Client;
  readonly workflowBundle: { readonly codePath: string };
  /** Ends the rehearsal, which throws then. */
  readonly signal: AbortSignal;
}

/**
 * Changes nothing, also while another version works on the same workflows. One that has not begun has no history that could
 * be broken.
 *
 * @throws Error when Temporal does not hand out the histories, or the signal is aborted
 */
export async function rehearse({ client, workflowBundle, signal }: Options): Promise<Rehearsal> {
  const { count: open } = await client.workflow.count(OURS);
  // Two threads and their copies of the bundle are for nothing on a machine that has no workflow yet.
  if (open === 0) return { replayed: 0, broken: [], more: 0 };
  const histories = client.workflow.list({ query: OURS }).intoHistories();
  const broken: { workflowId: string; why: string }[] = [];
  let [replayed, more] = [0, 0];
  for await (const { workflowId, error } of until(signal, Worker.runReplayHistories({ workflowBundle }, histories))) {
    replayed += 1;
    if (error === undefined) continue;
    if (broken.length < SHOWN_BROKEN) broken.push({ workflowId, why: reasonOf(error) });
    else more += 1;
  }
  return { replayed, broken, more };
}

/** The same values, until the signal is aborted: then it throws, and waits for none that is under way. */
async function* until<T>(signal: AbortSignal, values: AsyncIterator<T>): AsyncGenerator<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(asError(signal.reason)), { once: true });
  });
  aborted.catch(() => undefined);
  for (;;) {
    signal.throwIfAborted();
    const next = await Promise.race([values.next(), aborted]);
    if (next.done === true) return;
    yield next.value;
  }
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));

/** The words of Temporal's core, which the SDK wraps into the text of a data structure. */
function reasonOf({ message }: Error): string {
  const [, words = message] = /\bmessage: "((?:[^"\\]|\\.)+)"/.exec(message) ?? [];
  return words.replace(/^\[TMPRL\d+\] /, '').slice(0, MAX_REASON);
}

/** Identifies the workflows' code: the same sources give the same. */
export async function bundleId({ codePath }: { readonly codePath: string }): Promise<string> {
  return createHash('sha256')
    .update(await readFile(codePath))
    .digest('hex')
    .slice(0, ID_LENGTH);
}

const ID_LENGTH = 24;
