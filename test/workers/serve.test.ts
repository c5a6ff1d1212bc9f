/** A program of Landfall's, and the process that started it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { onCleanup } from '../support/cleanup.ts';

const PROGRAM = fileURLToPath(new URL('serving-process.ts', import.meta.url));

/** Started with a channel, once it has said that it is that far. */
async function started(what: 'serving' | 'starting') {
  const child = fork(PROGRAM, [what], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], execArgv: [] });
  onCleanup(() => void child.kill('SIGKILL'));
  if (child.stdout) await once(child.stdout, 'data');
  return child;
}

test.each([
  ['serving', 0],
  ['starting', 1],
] as const)('one that is %s ends with %i when the process that started it is gone [F5]', async (what, expected) => {
  const child = await started(what);
  const ended = once(child, 'exit');
  // All that is left of a starter that was killed: the channel is closed.
  child.disconnect();
  expect(await ended).toEqual([expected, null]);
});

test('one that is told to stop comes to rest and ends with 0 [F5]', async () => {
  const child = await started('serving');
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
