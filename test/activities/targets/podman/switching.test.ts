/** Blue-green through a real HAProxy, under load and under reconfiguration; and between the two strategies. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { Agent, request as get } from 'undici';
import { sendCommand } from '../../../../activities/targets/podman/proxy/cli.ts';
import { parseProxyConfig, renderProxyConfig } from '../../../../activities/targets/podman/proxy/config.ts';
import type { Section } from '../../../../activities/targets/podman/proxy/section.ts';
import type { TargetRequest } from '../../../../contracts/deployment/target.ts';
import { startProxy } from '../../../../infra/dev/proxy.ts';
import { onCleanup } from '../../../support/cleanup.ts';
import { eventually } from '../../../support/eventually.ts';
import { PATHS } from '../images.ts';
import { perform } from '../perform.ts';
import { startPodmanPlace } from '../podman-place.ts';

const place = await startPodmanPlace('switching');
const target = place.target();

/** Sends requests all the time over connections that are kept, until it is stopped. */
function load(url: string, connections = 8) {
  const agent = new Agent({ connections, pipelining: 1 });
  const answers = new Map<string, number>();
  let on = true;
  const visitor = async () => {
    while (on) {
      const answer = await get(url, { dispatcher: agent })
        .then(async ({ statusCode, body }) => (statusCode === 200 ? await body.text() : `status ${statusCode}`))
        .catch((error: unknown) => String(error));
      answers.set(answer.trim(), (answers.get(answer.trim()) ?? 0) + 1);
    }
  };
  const visitors = Promise.all(Array.from({ length: connections }, visitor));
  return {
    /** Waits until this answer has come. */
    seen: (answer: string) => eventually(`the answer "${answer}"`, () => answers.has(answer)),
    async stop() {
      on = false;
      await visitors;
      await agent.close();
      return answers;
    },
  };
}

const config = () => parseProxyConfig(readFileSync(place.proxy.configFile, 'utf8')).sections;
const write = (sections: readonly Section[]) =>
  writeFileSync(place.proxy.configFile, renderProxyConfig({ sections, shared: {} }, place.proxy).text);

/** A deployment without its verification. */
async function deploy(request: TargetRequest) {
  await perform(target.prepare, request);
  const captured = await perform(target.capture, request);
  await perform(target.switchTo, request);
  return captured;
}

describe('under load', () => {
  test('no request fails while versions are switched, taken back and tidied up [C5][B13]', async () => {
    const scene = await place.scene('blue-green');
    const [one, two, three] = [scene.request('one', 10), scene.request('two', 20), scene.request('three', 30)];
    await deploy(one);
    const visitors = load(scene.url);
    await visitors.seen('ok one');

    const captured = await deploy(two);
    await visitors.seen('ok two');
    await perform(target.finalize, { request: two, captured });
    const before = await deploy(three);
    await visitors.seen('ok three');
    await perform(target.restore, { request: three, captured: before });
    await perform(target.finalize, { request: three, captured: before });
    const last = scene.request('one', 40);
    await perform(target.finalize, { request: last, captured: await deploy(last) });

    const answers = await visitors.stop();
    expect([...answers.keys()].toSorted()).toEqual(['ok one', 'ok three', 'ok two']);
    expect(await scene.visit()).toBe('ok one');
  });

  test('nor while another service comes, changes and goes on the same proxy [C5]', async () => {
    const [busy, other] = [await place.scene('blue-green'), await place.scene('blue-green')];
    await deploy(busy.request('one', 10));
    const visitors = load(busy.url);
    await visitors.seen('ok one');

    await deploy(other.request('two', 10));
    await deploy(other.request('three', 20));
    expect(await other.visit()).toBe('ok three');
    await perform(target.remove, { key: other.key, generation: 21 });

    expect([...(await visitors.stop()).keys()]).toEqual(['ok one']);
    expect(await other.visit()).toContain('no answer');
  });

  test('a request that takes its time is answered by the version that took it [C5]', async () => {
    const scene = await place.scene('blue-green');
    await deploy(scene.request('one', 10));

    const slow = fetch(new URL(PATHS.slow, scene.url)).then(async (answer) => (await answer.text()).trim());
    await delay(100);
    const captured = await deploy(scene.request('two', 20));
    await perform(target.finalize, { request: scene.request('two', 20), captured });

    expect(await slow).toBe('ok one');
    expect(await scene.visit()).toBe('ok two');
  });

  test('services are switched at the same time without harm to each other', async () => {
    const scenes = [await place.scene('blue-green'), await place.scene('blue-green'), await place.scene('blue-green')];
    await Promise.all(scenes.map((scene) => deploy(scene.request('one', 10))));
    await Promise.all(scenes.map((scene) => deploy(scene.request('two', 20))));

    expect(await Promise.all(scenes.map((scene) => scene.visit()))).toEqual(['ok two', 'ok two', 'ok two']);
  });
});

test('tidied up after a switch, the version of before is kept warm: it runs, and no request reaches it [C5][F1]', async () => {
  const scene = await place.scene('blue-green');
  const [one, two, three] = [scene.request('one', 10), scene.request('two', 20), scene.request('three', 30)];
  const seen = async () =>
    (await perform(target.observe, three)).replicas
      .map(({ generation, running, serving }) => ({ generation, running, serving }))
      .toSorted((a, b) => a.generation - b.generation);
  await perform(target.finalize, { request: one, captured: await deploy(one) });
  await perform(target.finalize, { request: two, captured: await deploy(two) });
  expect(await seen()).toEqual([
    { generation: 10, running: true, serving: false },
    { generation: 20, running: true, serving: true },
  ]);

  await perform(target.finalize, { request: three, captured: await deploy(three) });

  expect(await seen()).toEqual([
    { generation: 20, running: true, serving: false },
    { generation: 30, running: true, serving: true },
  ]);
  expect(await scene.visit()).toBe('ok three');
});

describe('what the proxy is told survives it', () => {
  test('a reload and a restart come up with the version that serves [F1]', async () => {
    const scene = await place.scene('blue-green');
    const [one, two] = [scene.request('one', 10), scene.request('two', 20)];
    await deploy(one);
    await deploy(two);

    await sendCommand(place.proxy.masterSocket, 'reload');
    await eventually('the reloaded proxy', async () => (await scene.visit()) === 'ok two');
    await place.proxy.stop();
    await expect(perform(target.observe, two)).rejects.toMatchObject({ type: 'ProxyUnavailable', nonRetryable: false });
    const restarted = await startProxy({ dir: dirname(place.proxy.configFile) });
    onCleanup(() => restarted.stop());

    expect(await scene.visit()).toBe('ok two');
    expect(await perform(target.observe, two)).toMatchObject({ healthy: true });
  });

  test('killed between the file and the proxy, the next call goes on [F1]', async () => {
    const [scene, fresh] = [await place.scene('blue-green'), await place.scene('blue-green')];
    const [one, two] = [scene.request('one', 10), scene.request('two', 20)];
    await deploy(one);
    const behind = config();
    const captured = await deploy(two);

    // The proxy has switched, and the file has not …
    write(behind);
    await perform(target.switchTo, two);
    expect(config()).toContainEqual(expect.objectContaining({ port: scene.publishPort, active: 'green' }));

    // … and the file knows of a service that the proxy has never heard of.
    const id = `shop.${fresh.key.service}.production`;
    write([
      ...config(),
      { id, address: '127.0.0.1', port: fresh.publishPort, mode: 'http', blue: 1, green: null, active: 'blue' },
    ]);
    await deploy(fresh.request('one', 10));

    expect(await fresh.visit()).toBe('ok one');
    await perform(target.restore, { request: two, captured });
    expect(await scene.visit()).toBe('ok one');
  });

  test('a file that somebody broke is not written over', async () => {
    const scene = await place.scene('blue-green');
    const file = readFileSync(place.proxy.configFile, 'utf8');
    writeFileSync(place.proxy.configFile, `${file}\n# section {"id":"half`);

    const switching = perform(target.switchTo, scene.request('one', 10));

    await expect(switching).rejects.toMatchObject({
      type: 'ProxyUnavailable',
      message: expect.stringContaining('"id":"half'),
    });
    expect(readFileSync(place.proxy.configFile, 'utf8')).toContain('"id":"half');
    writeFileSync(place.proxy.configFile, file);
  });
});

describe('from one strategy to the other, at the same port', () => {
  test.each([
    ['recreate', 'blue-green'],
    ['blue-green', 'recreate'],
  ] as const)('%s → %s, and back by a restore', async (from, to) => {
    const scene = await place.scene(from);
    const [one, two] = [scene.request('one', 10), scene.request('two', 20, { strategy: to })];
    await deploy(one);

    const captured = await deploy(two);
    expect(await scene.visit()).toBe('ok two');
    expect(await perform(target.observe, two)).toMatchObject({ healthy: true });

    await perform(target.restore, { request: two, captured });
    expect(await scene.visit()).toBe('ok one');
    const after = await perform(target.observe, two);
    expect(after.healthy).toBe(true);
    expect(after.replicas.filter(({ serving }) => serving).map(({ generation }) => generation)).toEqual([10]);

    const three = scene.request('three', 30, { strategy: to });
    await perform(target.finalize, { request: three, captured: await deploy(three) });
    expect(await scene.visit()).toBe('ok three');
  });

  test('to another port, and back', async () => {
    const [scene, elsewhere] = [await place.scene('blue-green'), await place.scene('blue-green')];
    await deploy(scene.request('one', 10));

    const two = scene.request('two', 20, { publishPort: elsewhere.publishPort });
    const captured = await deploy(two);
    expect(await elsewhere.visit()).toBe('ok two');
    expect(await scene.visit()).toContain('no answer');

    await perform(target.restore, { request: two, captured });
    expect(await scene.visit()).toBe('ok one');
    expect(await elsewhere.visit()).toContain('no answer');
  });
});
