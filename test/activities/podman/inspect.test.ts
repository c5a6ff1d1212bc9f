/**
 * Rare answers of Podman, given by a socket of the test's own: with the real engine no test can hit the instant between
 * two reads.
 */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createPodmanClient } from '../../../activities/podman/client.ts';
import { createContainers } from '../../../activities/podman/containers.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { tempDir } from '../../support/tmp.ts';

const GONE = { status: 500, body: { message: 'read /proc/16876/cgroup: no such process' } };
const OTHER = { status: 500, body: { message: 'database is locked' } };
const ENDED = {
  status: 200,
  body: { State: { Status: 'exited', Running: false, ExitCode: 3, StartedAt: '2026-01-01T00:00:00Z' } },
};

/** An engine that gives these answers in this order; the last one again and again. */
async function containersThat(...answers: readonly { readonly status: number; readonly body: object }[]) {
  const path = join(tempDir(), 'engine.sock');
  let asked = 0;
  const server = createServer((_, response) => {
    const { status, body } = answers[Math.min(asked, answers.length - 1)] ?? ENDED;
    asked += 1;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onCleanup(() => void server.close());
  return { containers: createContainers(createPodmanClient(path)), asked: () => asked };
}

test('a container whose process ends while the engine looks at it is looked at again [B19]', async () => {
  const { containers } = await containersThat(GONE, GONE, ENDED);
  await expect(containers.inspect('web')).resolves.toMatchObject({ running: false, exitCode: 3 });
});

test('looking again has an end, and any other refusal is told at once', async () => {
  const always = await containersThat(GONE);
  await expect(always.containers.inspect('web')).rejects.toMatchObject({ message: GONE.body.message });
  expect(always.asked()).toBeLessThan(10);

  const other = await containersThat(OTHER);
  await expect(other.containers.inspect('web')).rejects.toMatchObject({ message: 'database is locked' });
  expect(other.asked()).toBe(1);
});
