/** Every container that is removed gets a stop signal and time to end: a real process that reports how it was ended. */
import { expect, test } from '@jest/globals';
import type { Captured, TargetRequest } from '../../../../contracts/deployment/target.ts';
import { perform } from '../perform.ts';
import { PORT, publish } from '../images.ts';
import { startPodmanPlace, type PodmanScene } from '../podman-place.ts';

const place = await startPodmanPlace('stopping');
const target = place.target();
const image = await publish({
  repository: place.repository,
  version: 'polite',
  config: { StopSignal: 'SIGTERM' },
});

/** The exit code after a stop signal, and not a kill. */
const ASKED = 42;
const command = ['sh', '-c', `trap 'exit ${ASKED}' TERM; httpd -f -p ${PORT} -h /www & wait`];
const run = { port: PORT, env: {}, stopTimeoutMs: 20_000, command };
const begun = new Date();

async function deploy(request: TargetRequest): Promise<Captured> {
  await perform(target.prepare, request);
  const captured = await perform(target.capture, request);
  await perform(target.switchTo, request);
  return captured;
}

const containerOf = async (scene: PodmanScene, { deploymentId }: TargetRequest) => {
  const id = `${scene.key.project}.${scene.key.service}.${scene.key.environment}`;
  const all = await place.containers.list(`landfall.key=${id}`);
  return all.find(({ name }) => name.includes(`.${deploymentId}.`));
};
const endOf = async (id: string) =>
  (await place.containers.firstEnd(id, begun, new AbortController().signal))?.exitCode;

async function scenes(strategy: 'recreate' | 'blue-green') {
  const scene = await place.scene(strategy);
  const request = (generation: number, changes: Partial<TargetRequest['run']> = {}) =>
    scene.request('one', generation, { image, run: { ...run, ...changes } });
  const id = async (asked: TargetRequest) => (await containerOf(scene, asked))?.id ?? 'gone';
  return { scene, request, id };
}

test('one that was replaced, when it is tidied up; what is removed, all of it [C5]', async () => {
  const { scene, request, id } = await scenes('blue-green');
  const [one, two, three] = [request(10), request(20), request(30)];
  await deploy(one);
  const first = await id(one);
  await perform(target.finalize, { request: two, captured: await deploy(two) });
  expect(await endOf(first)).toBeUndefined();

  await perform(target.finalize, { request: three, captured: await deploy(three) });
  expect(await endOf(first)).toBe(ASKED);

  const left = [await id(two), await id(three)];
  await perform(target.remove, { key: scene.key, generation: 31 });
  expect(await Promise.all(left.map(endOf))).toEqual([ASKED, ASKED]);
});

test.each(['recreate', 'blue-green'] as const)('one that is taken back (%s) [C3]', async (strategy) => {
  const { scene, request, id } = await scenes(strategy);
  const [one, two] = [request(10), request(20)];
  await deploy(one);
  const captured = await deploy(two);
  const second = await id(two);

  await perform(target.restore, { request: two, captured });

  expect(await endOf(second)).toBe(ASKED);
  expect(await scene.visit()).toBe('ok polite');
});

test('with warm: stopped the version before ends once the new one is verified, is kept, and comes back [C5][F1]', async () => {
  const { scene, request, id } = await scenes('blue-green');
  const [one, two] = [request(10), request(20, { warm: 'stopped' })];
  await deploy(one);
  const first = await id(one);
  const captured = await deploy(two);
  expect(await endOf(first)).toBeUndefined();

  for (const _ of [1, 2]) await perform(target.finalize, { request: two, captured });
  expect(await endOf(first)).toBe(ASKED);
  const replicas = async () =>
    (await perform(target.observe, two)).replicas.map(({ generation, running, serving }) => [
      generation,
      running,
      serving,
    ]);
  expect(await replicas()).toEqual([
    [20, true, true],
    [10, false, false],
  ]);

  await perform(target.restore, { request: two, captured });
  expect(await replicas()).toEqual([[10, true, true]]);
  expect(await id(one)).toBe(first);
  expect(await scene.visit()).toBe('ok polite');
});

test('a stopped one whose port somebody else has by now comes back on another [C5][F1]', async () => {
  const { scene, request } = await scenes('blue-green');
  const [one, two] = [request(10), request(20, { warm: 'stopped' })];
  await deploy(one);
  const port = (await containerOf(scene, one))?.ports[0]?.port ?? 0;
  const captured = await deploy(two);
  await perform(target.finalize, { request: two, captured });
  const other = await place.engine.podman([
    'run',
    '--detach',
    '--publish',
    `127.0.0.1:${port}:${PORT}`,
    place.images.two,
  ]);
  expect(other.stdout).not.toBe('');

  await perform(target.restore, { request: two, captured });

  expect((await containerOf(scene, one))?.ports[0]?.port).not.toBe(port);
  expect(await scene.visit()).toBe('ok polite');
});
