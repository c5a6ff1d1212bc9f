/** `recreate`, and a port that another program takes after it was found free. */
import { createServer, type Server } from 'node:net';
import { expect, test } from '@jest/globals';
import type { TargetRequest } from '../../../../contracts/deployment/target.ts';
import { onCleanup } from '../../../support/cleanup.ts';
import { perform } from '../perform.ts';
import { startPodmanPlace } from '../podman-place.ts';

const place = await startPodmanPlace('squatters');
const target = place.target();

async function deploy(request: TargetRequest): Promise<void> {
  await perform(target.prepare, request);
  await perform(target.switchTo, request);
}

/** Takes the port as soon as it can be had. */
function squat(port: number) {
  let taken: Server | undefined;
  let wanted = true;
  const attempt = () => {
    if (!wanted) return;
    const server = createServer();
    server.once('error', () => setImmediate(attempt));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => (taken = server));
  };
  const leave = async () => {
    wanted = false;
    await new Promise<void>((resolve) => (taken ? taken.close(() => resolve()) : resolve()));
  };
  attempt();
  onCleanup(leave);
  return { leave };
}

const digestOf = ({ image }: TargetRequest): string => image.slice(image.indexOf('@') + 1);
const taken = (port: number, nonRetryable = true) => ({
  type: 'PortTaken',
  nonRetryable,
  message: expect.stringMatching(
    new RegExp(
      `^127.0.0.1:${port} is taken by .+ \\(process ${process.pid}\\)\\. Free it, or publish the service on another port in landfall.yaml.$`,
    ),
  ),
});

/** Exactly this one, by the engine's word and at the users' address. */
async function expectRunning(request: TargetRequest, asked: TargetRequest): Promise<void> {
  const { healthy, reason, replicas } = await perform(target.observe, asked);
  expect({ healthy, reason }).toEqual({ healthy: true, reason: '' });
  expect(replicas).toEqual([
    expect.objectContaining({
      deploymentId: request.deploymentId,
      digest: digestOf(request),
      running: true,
      serving: true,
    }),
  ]);
}

test('one that the service moves to, taken between prepare and switch: the switch fails, and what ran before is running again [C2][C3][E6]', async () => {
  const [scene, elsewhere] = [await place.scene('recreate'), await place.scene('recreate')];
  const [one, two] = [scene.request('one', 10), scene.request('two', 20, { publishPort: elsewhere.publishPort })];
  await deploy(one);
  await perform(target.prepare, two);
  const captured = await perform(target.capture, two);
  squat(elsewhere.publishPort);

  await expect(perform(target.switchTo, two)).rejects.toMatchObject(taken(elsewhere.publishPort));
  await perform(target.restore, { request: two, captured });

  await expectRunning(one, two);
  expect(await scene.visit()).toBe('ok one');
});

test('the one that it has, taken in the moment in which the old version leaves it: both versions are kept out as long as it is, and what ran before is running again afterwards [C2][C3][E6]', async () => {
  const scene = await place.scene('recreate');
  const [one, two] = [scene.request('one', 10), scene.request('two', 20)];
  await deploy(one);
  await perform(target.prepare, two);
  const captured = await perform(target.capture, two);
  const squatter = squat(scene.publishPort);

  await expect(perform(target.switchTo, two)).rejects.toMatchObject(taken(scene.publishPort));
  // Not claimed to be back while it cannot be, and not given up: whoever took it may leave.
  const restoring = perform(target.restore, { request: two, captured });
  await expect(restoring).rejects.toMatchObject(taken(scene.publishPort, false));
  expect(await perform(target.observe, two)).toMatchObject({
    healthy: null,
    reason: 'No container of this environment gets requests.',
  });

  await squatter.leave();
  await perform(target.restore, { request: two, captured });

  await expectRunning(one, two);
  expect(await scene.visit()).toBe('ok one');
});
