/** One question to a service that takes its time, of which as much is waited for as was promised. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { probeHttp } from '../../../activities/targets/probe.ts';
import { onCleanup } from '../../support/cleanup.ts';

const LIMITS_MS = [400, 800, 1_400, 1_900];
/** A timer may ring this much before its time. */
const EARLY_MS = 20;

/** Answers nothing. @returns its port */
async function silentService(): Promise<number> {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('a service has all of its time to answer, and is told of as silent only then [E6]', async () => {
  const port = await silentService();
  const { signal } = new AbortController();

  for (const timeoutMs of LIMITS_MS) {
    const from = performance.now();
    const result = await probeHttp({ address: '127.0.0.1', port }, { path: '/', status: 200 }, { signal, timeoutMs });

    expect(result).toBe(`GET http://127.0.0.1:${port}/ was not answered within ${timeoutMs} ms`);
    expect(performance.now() - from).toBeGreaterThan(timeoutMs - EARLY_MS);
  }
});
