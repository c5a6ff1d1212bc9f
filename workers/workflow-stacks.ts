/**
 * Preloaded into every thread of Landfall's processes (infra/node-runtime.ts). Temporal's SDK records, for each promise
 * that a workflow makes, where it was made; only Temporal's "call stack" of a workflow reads that. It costs two fifths
 * of the processor time of workflow code and has no switch, so it is off here by default
 * (docs/adr/0011-no-call-stacks-of-workflows.md). The stacks of errors stay as they are.
 */
import { createRequire } from 'node:module';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

const KEPT = 'landfall.workflowStacks';
const OF_WORKFLOWS = /[\\/]@temporalio[\\/]worker[\\/]lib[\\/]workflow[\\/]workflow-worker-thread\.js$/;

/** Sets whether workers created from now on can show the call stack of a workflow in Temporal. */
export function keepWorkflowStacks(kept: boolean): void {
  setEnvironmentData(KEPT, kept);
}

const [, program = ''] = process.argv;
if (!isMainThread && OF_WORKFLOWS.test(program) && getEnvironmentData(KEPT) !== true) forgetStacks(program);

/** The way of the SDK for engines that cannot do it: it then answers that stacks are not enabled on this worker. */
function forgetStacks(thread: string): void {
  try {
    const shared = createRequire(thread)('./vm-shared') as { readonly globalHandlers: { setPromiseHook: () => void } };
    shared.globalHandlers.setPromiseHook = () => undefined;
  } catch {
    // Another release of the SDK, which is slower then, and does all else as before.
  }
}
