import { expect, test } from '@jest/globals';
import type { LogSink } from '../../../activities/logs/log-sink.port.ts';
import { createStepLog } from '../../../activities/logs/step-log.ts';
import type { LogLine } from '../../../contracts/deployment/logs.ts';
import { Secret } from '../../../contracts/core/secret.ts';

/** A sink that takes a batch when the test lets it. */
function slowSink() {
  const batches: (readonly LogLine[])[] = [];
  let release: () => void = () => undefined;
  const sink: LogSink = {
    append: (_stream, lines) => {
      batches.push(lines);
      return new Promise((resolve) => {
        release = resolve;
      });
    },
  };
  return { sink, batches, release: () => release(), texts: () => batches.flat().map(({ text }) => text) };
}

const collecting = () => {
  const lines: LogLine[] = [];
  return { lines, sink: { append: async (_: string, added: readonly LogLine[]) => void lines.push(...added) } };
};

test('makes whole, masked lines of what a program prints, and puts our own sentences between them [B12]', async () => {
  const { lines, sink } = collecting();
  const log = createStepLog({ sink, stream: 'build-a', source: 'build', secrets: [new Secret('hunter2hunter2')] });

  await log.write('STEP 1\nthe password is hunter2h');
  await log.write('unter2\nhalf a li');
  await log.say('Cancelled.');
  await log.close();

  expect(lines.map(({ source, text }) => `${source}: ${text}`)).toEqual([
    'build: STEP 1',
    'build: the password is ***',
    'build: half a li',
    'landfall: Cancelled.',
  ]);
});

test('gathers what comes while a batch is on its way, and loses nothing at the end', async () => {
  const slow = slowSink();
  const log = createStepLog({ sink: slow.sink, stream: 'build-a', source: 'build' });

  for (let i = 0; i < 10; i += 1) await log.write(`${i}\n`);
  const closed = log.close();
  slow.release();
  await new Promise(setImmediate);
  slow.release();
  await closed;

  expect(slow.batches.map((batch) => batch.length)).toEqual([1, 9]);
  expect(slow.texts()).toEqual(Array.from({ length: 10 }, (_, i) => String(i)));
});

test('the last lines are at hand for the failure message', async () => {
  const { sink } = collecting();
  const log = createStepLog({ sink, stream: 'build-a', source: 'build' });

  await log.write(Array.from({ length: 100 }, (_, i) => `${i}\n`).join(''));

  expect(log.tail()).toEqual(['88', '89', '90', '91', '92', '93', '94', '95', '96', '97', '98', '99']);
});

test('an endless program fills neither disk nor memory, and the log says so once', async () => {
  const { lines, sink } = collecting();
  const log = createStepLog({ sink, stream: 'build-a', source: 'build' });
  const chunk = `${'x'.repeat(10_000)}\n`.repeat(100);

  for (let i = 0; i < 40; i += 1) await log.write(chunk);
  await log.close();

  const characters = lines.reduce((sum, { text }) => sum + text.length, 0);
  expect(characters).toBeLessThan(34 * 1024 * 1024);
  expect(lines.filter(({ text }) => text.startsWith('The log is full'))).toHaveLength(1);
});
