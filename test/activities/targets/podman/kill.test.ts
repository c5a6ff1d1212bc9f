/** kill -9 of the worker in the middle of a call, at every change that it asks for. */
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { startProcess } from '../../../../infra/dev/process.ts';
import type { TargetRequest } from '../../../../contracts/deployment/target.ts';
import { testRegistry } from '../../../support/registry.ts';
import { tempDir } from '../../../support/tmp.ts';
import { perform } from '../perform.ts';
import { startPodmanPlace } from '../podman-place.ts';
import type { SwitchProcessInput } from './switch-process.ts';

const place = await startPodmanPlace('kill');
const program = join(import.meta.dirname, 'switch-process.ts');
const logFile = join(tempDir(), 'switch.log');

/** @returns true when it was killed at change number `at`, false when it was done before */
async function callAndKill(verb: SwitchProcessInput['verb'], request: TargetRequest, at: number): Promise<boolean> {
  const host = { ...place.relayed.host, podmanSocket: place.relayed.socket };
  const input: SwitchProcessInput = { host, registry: testRegistry(), request, verb };
  place.relays.arm(at, () => process.kill(child.pid, 'SIGKILL'));
  const child = await startProcess({ command: process.execPath, args: [program, JSON.stringify(input)], logFile });
  return (await child.exited) === null;
}

describe.each(['recreate', 'blue-green'] as const)('%s', (strategy) => {
  test('a switch whose worker was killed is finished, or taken back, by the next worker [F1]', async () => {
    const scene = await place.scene(strategy);
    let live = scene.request('one', 10);
    await perform(place.target().switchTo, live);

    for (let at = 1, killed = true; killed; at += 1) {
      const next = scene.request(at % 2 === 0 ? 'two' : 'three', 10 + at);
      const captured = await perform(place.target().capture, next);
      killed = await callAndKill('switchTo', next, at);
      const worker = place.target();
      if (at % 2 === 0) {
        await perform(worker.restore, { request: next, captured });
      } else {
        await perform(worker.switchTo, next, { attempt: 2 });
        await perform(worker.finalize, { request: next, captured });
        live = next;
      }

      const observation = await perform(worker.observe, next);
      expect(observation.healthy).toBe(true);
      expect(observation.replicas.filter(({ serving }) => serving)).toEqual([
        expect.objectContaining({ deploymentId: live.deploymentId, digest: live.image.split('@')[1] }),
      ]);
    }
    // Creating, starting and more: otherwise nothing was killed.
    expect(place.relays.count()).toBeGreaterThan(2);
  }, 300_000);
});

test('a container that is only tried out is removed by the next worker, wherever the first one was killed [C2][F1]', async () => {
  const scene = await place.scene('recreate');
  const mine = async () => {
    const { stdout } = await place.engine.podman(['ps', '--all', '--format', '{{.Names}}']);
    return stdout.split('\n').filter((name) => name.includes(`.${scene.key.service}.`));
  };
  const left: number[] = [];

  for (let at = 1, killed = true; killed; at += 1) {
    const request = scene.request('one', 10 + at);
    killed = await callAndKill('prepare', request, at);
    left.push((await mine()).length);
    await perform(place.target().prepare, request, { attempt: 2 });
    expect(await mine()).toEqual([]);
  }

  // It was there when some of them were killed.
  expect(left).toContain(1);
}, 300_000);
