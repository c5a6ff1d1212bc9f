// @ts-check
/**
 * Preloaded into every thread of Landfall's processes. Temporal's SDK records, for each promise that a workflow makes, where
 * it was made; only Temporal's "call stack" of a workflow reads that. It costs two fifths of the processor time of
 * workflow code and the SDK has no switch for it. The stacks of errors stay as they are.
 */
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const OF_WORKFLOWS = /[\\/]@temporalio[\\/]worker[\\/]lib[\\/]workflow[\\/]workflow-worker-thread\.js$/;

const [, program = ''] = process.argv;
if (!isMainThread && OF_WORKFLOWS.test(program)) forgetStacks(program);

/**
 * Takes the SDK's own way for engines without promise hooks: it answers that stacks are not enabled on this worker.
 *
 * @param {string} thread
 */
function forgetStacks(thread) {
  try {
    const shared = /** @type {{ readonly globalHandlers: { setPromiseHook: () => void } }} */ (
      createRequire(thread)('./vm-shared')
    );
    shared.globalHandlers.setPromiseHook = () => undefined;
  } catch {
    // Another release of the SDK, which is slower then, and does all else as before.
  }
}
