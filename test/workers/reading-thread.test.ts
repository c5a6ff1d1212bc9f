import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { failureOf } from '../../contracts/core/failures.ts';
import { createReadingThread } from '../../workers/reading-thread.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/tmp.ts';

/** A thread that starts once `go` is there, listens on a socket for as long as it lives, and answers everything with its path. */
function startThreads(startMs?: number) {
  const dir = tempDir();
  const [file, go] = [join(dir, 'thread.mjs'), join(dir, 'go')];
  writeFileSync(
    file,
    `import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parentPort, threadId } from 'node:worker_threads';
const path = join(${JSON.stringify(dir)}, String(threadId));
createServer().listen(path, () => {
  parentPort.on('message', () => parentPort.postMessage(path));
  const look = setInterval(() => {
    if (!existsSync(${JSON.stringify(go)})) return;
    clearInterval(look);
    parentPort.postMessage('ready');
  }, 5);
});
`,
  );
  const reading = createReadingThread<string, string>({
    ...{ thread: pathToFileURL(file), deadlineMs: 30_000, resources: {} },
    ...(startMs !== undefined && { startMs }),
  });
  onCleanup(() => reading.close());
  return { reading, allow: () => writeFileSync(go, ''), forbid: () => rmSync(go) };
}

const lives = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    }).once('error', () => resolve(false));
  });

test('a thread that starts while the one before ends is kept, used again and ended [F2]', async () => {
  const { reading, allow, forbid } = startThreads();
  allow();
  const before = await reading.ask('a');
  forbid();
  // Does the same as the idle timer, just before the next text is there.
  const closing = reading.close();
  const asked = reading.ask('b');
  await closing;
  allow();
  const next = await asked;
  expect(await reading.ask('c')).toBe(next);
  expect([await lives(before), await lives(next)]).toEqual([false, true]);
  await reading.close();
  expect(await lives(next)).toBe(false);
});

test('a thread that does not start in time is no fault of the text, which is read once one starts [F2][F6]', async () => {
  const { reading, allow } = startThreads(300);
  const failed: unknown = await reading.ask('a').catch((error: unknown) => error);
  expect(failed).toMatchObject({ nonRetryable: false });
  expect(failureOf(failed)?.type).toBe('ReaderUnavailable');
  allow();
  const path = await eventually('the text to be read', () => reading.ask('a'));
  expect(existsSync(path)).toBe(true);
});
