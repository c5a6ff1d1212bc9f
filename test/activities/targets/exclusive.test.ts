import { describe, expect, test } from '@jest/globals';
import { createExclusive } from '../../../activities/targets/per-environment-lock.ts';

const never = new AbortController().signal;

/** Runs until it is aborted, and takes a moment to stop. */
function endless(log: string[], name: string) {
  return async (signal: AbortSignal) => {
    log.push(`${name} begins`);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await Promise.resolve();
    log.push(`${name} ends`);
    throw signal.reason;
  };
}

describe('changes of one environment', () => {
  test('the later call takes over once the earlier one has stopped [F1]', async () => {
    const exclusively = createExclusive();
    const log: string[] = [];
    const first = exclusively('shop.web.production', 7, never, endless(log, 'first'));

    const second = exclusively('shop.web.production', 7, never, async () => log.push('second'));

    await expect(first).rejects.toMatchObject({ type: 'Superseded' });
    await second;
    expect(log).toEqual(['first begins', 'first ends', 'second']);
  });

  test('an older generation does not displace a newer one [F1]', async () => {
    const exclusively = createExclusive();
    const abort = new AbortController();
    const newer = exclusively('shop.web.production', 8, abort.signal, endless([], 'newer'));

    const older = exclusively('shop.web.production', 7, never, async () => undefined);

    await expect(older).rejects.toMatchObject({ type: 'StaleGeneration', nonRetryable: true });
    abort.abort(new Error('the end'));
    await expect(newer).rejects.toThrow('the end');
  });

  test('a removal takes over, and what was begun before it does not come back', async () => {
    const exclusively = createExclusive();
    const log: string[] = [];
    const switching = exclusively('shop.web.production', 7, never, endless(log, 'switch'));
    const begun = Promise.withResolvers<undefined>();
    const finish = Promise.withResolvers<undefined>();
    const removal = exclusively('shop.web.production', 8, never, async (signal) => {
      begun.resolve(undefined);
      await finish.promise;
      log.push(`removal ${signal.aborted ? 'aborted' : 'done'}`);
    });
    await expect(switching).rejects.toMatchObject({ type: 'Superseded' });
    await begun.promise;

    const older = exclusively('shop.web.production', 7, never, async () => undefined);
    await expect(older).rejects.toMatchObject({ type: 'StaleGeneration' });
    finish.resolve(undefined);

    await removal;
    expect(log).toEqual(['switch begins', 'switch ends', 'removal done']);
  });

  test('of many calls at once one works at a time, and the last one counts', async () => {
    const exclusively = createExclusive();
    let working = 0;
    const work = async (signal: AbortSignal) => {
      working += 1;
      expect(working).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      working -= 1;
      signal.throwIfAborted();
    };

    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => exclusively('a.b.c', 1, never, work)));

    expect(outcomes.at(-1)?.status).toBe('fulfilled');
  });

  test('other environments go on beside it', async () => {
    const exclusively = createExclusive();
    const abort = new AbortController();
    const busy = exclusively('shop.web.production', 7, abort.signal, endless([], 'busy'));

    await expect(exclusively('shop.web.staging', 1, never, async () => 'done')).resolves.toBe('done');

    abort.abort(new Error('the end'));
    await expect(busy).rejects.toThrow('the end');
  });
});
