/** Deployments of services with names, on a real Podman with a real HAProxy. */
import { expect, test } from '@jest/globals';
import type { TargetRequest } from '../../../../contracts/deployment/target.ts';
import { ask, askHttp2 } from '../../../support/web.ts';
import { PATHS } from '../images.ts';
import { activityEnvironment, perform } from '../perform.ts';
import { startPodmanPlace } from '../podman-place.ts';

const place = await startPodmanPlace('names', { web: true });
const target = place.target();
const { httpPort, httpsPort } = place.host.proxy?.public ?? { httpPort: 0, httpsPort: 0 };

async function deploy(request: TargetRequest) {
  await perform(target.prepare, request);
  const captured = await perform(target.capture, request);
  const { url } = await perform(target.switchTo, request);
  return { captured, url };
}
const finalize = async (request: TargetRequest, captured: Awaited<ReturnType<typeof deploy>>['captured']) =>
  perform(target.finalize, { request, captured });

const reads = async (host: string) => {
  const { status, body } = await ask({ port: httpPort, host });
  return status === 200 ? body.trim() : `status ${status}`;
};
const observed = async (request: TargetRequest) => {
  const { healthy, reason } = await perform(target.observe, request);
  return { healthy, reason };
};
const WELL = { healthy: true, reason: '' };

test('a version brings its names, its successor takes over without a gap or brings others, and the way back brings the former ones [B18][C2][C3]', async () => {
  const scene = await place.scene('blue-green');
  const name = 'shop.example.com';
  const one = scene.request('one', 10, { routes: [{ host: name, path: '/' }] });
  expect(await deploy(one)).toMatchObject({ url: `https://${name}:${httpsPort}`, captured: { running: null } });
  expect(await reads(name)).toBe('ok one');
  expect(await askHttp2({ port: httpsPort, host: name, path: PATHS.healthy })).toMatchObject({
    status: 200,
    alpn: 'h2',
  });
  expect(await observed(one)).toEqual(WELL);

  // Other names: the old one leads nowhere then.
  const two = scene.request('two', 20, { routes: [{ host: 'new.example.com', path: '/' }] });
  const { captured } = await deploy(two);
  expect(captured.running?.kindSettings).toMatchObject({ routes: [{ host: name, path: '/' }] });
  expect([await reads('new.example.com'), await reads(name)]).toEqual(['ok two', 'status 404']);
  expect(await observed(two)).toEqual(WELL);

  await perform(target.restore, { request: two, captured });
  expect([await reads(name), await reads('new.example.com')]).toEqual(['ok one', 'status 404']);
  expect(await observed(two)).toEqual(WELL);

  // Cancelled wherever that may be, the way back brings the former name.
  const harness = place.harness('blue-green');
  for (let at = 1; ; at += 1) {
    const next = scene.request('two', 20 + at, { routes: [{ host: 'new.example.com', path: '/' }] });
    await perform(target.prepare, next);
    const before = await perform(target.capture, next);
    const environment = activityEnvironment();
    const switching = harness.interrupted(at, () => {
      environment.cancel();
    });
    await perform(switching.switchTo, next, { environment }).catch(() => undefined);
    const isOver = harness.changes() < at;
    await perform(target.restore, { request: next, captured: before });
    expect([at, await reads(name), await reads('new.example.com')]).toEqual([at, 'ok one', 'status 404']);
    if (isOver) break;
  }

  // From a name to a port alone, and back to both.
  const three = scene.request('three', 60);
  const landed = await deploy(three);
  expect([await scene.visit(), await reads(name)]).toEqual(['ok three', 'status 404']);
  await finalize(three, landed.captured);
  const both = scene.request('one', 70, {
    publishPort: scene.publishPort,
    routes: [{ host: name, path: '/' }],
  });
  await deploy(both);
  expect([await scene.visit(), await reads(name), await observed(both)]).toEqual(['ok one', 'ok one', WELL]);

  await perform(target.remove, { key: scene.key, generation: 80 });
  expect([await reads(name), await scene.visit()]).toEqual(['status 404', expect.stringContaining('no answer')]);
});

test('recreate has names as well: one container at a time, with the proxy before it [B18][C2]', async () => {
  const scene = await place.scene('recreate');
  const name = 'alone.example.com';
  const routes = [{ host: name, path: '/' }];
  const one = scene.request('one', 10, { routes });
  const two = scene.request('two', 20, { routes });
  await deploy(one);
  expect(await reads(name)).toBe('ok one');
  const { captured } = await deploy(two);
  expect([await reads(name), await observed(two)]).toEqual(['ok two', WELL]);
  const { replicas } = await perform(target.observe, two);
  expect(replicas.filter(({ running }) => running)).toHaveLength(1);
  await perform(target.restore, { request: two, captured });
  expect([await reads(name), await observed(two)]).toEqual(['ok one', WELL]);

  // From the proxy to the container's own port, and back.
  const three = scene.request('three', 30);
  const before = await deploy(three);
  expect([await scene.visit(), await reads(name)]).toEqual(['ok three', 'status 404']);
  await perform(target.restore, { request: three, captured: before.captured });
  expect([await reads(name), await observed(three)]).toEqual(['ok one', WELL]);
  await perform(target.remove, { key: scene.key, generation: 40 });
});

test('a name of another service is refused before anything is touched, until it is given up [C3]', async () => {
  const [owner, other] = [await place.scene('blue-green'), await place.scene('blue-green')];
  const shared = { host: 'taken.example.com', path: '/' };
  await deploy(owner.request('one', 10, { routes: [shared] }));
  const below = { host: shared.host, path: '/other' };
  const rival = other.request('two', 10, { routes: [below, shared] });
  const taken = {
    type: 'RouteTaken',
    message: expect.stringContaining(`is that of shop.${owner.key.service}.production`) as unknown,
  };
  await expect(perform(target.prepare, rival)).rejects.toMatchObject(taken);
  await expect(perform(target.switchTo, rival)).rejects.toMatchObject(taken);
  expect(await reads(shared.host)).toBe('ok one');
  await perform(target.restore, { request: rival, captured: { place: place.name, running: null } });

  // The health path belongs to the owner's names: the container itself is looked at.
  const own = other.request('two', 20, { routes: [below] });
  await perform(target.switchTo, own);
  expect(await observed(own)).toEqual(WELL);
  expect(await ask({ port: httpPort, host: shared.host, path: '/other' })).toMatchObject({ status: 404 });

  // Given up, it can be had.
  await perform(target.remove, { key: owner.key, generation: 20 });
  await deploy(other.request('three', 30, { routes: [shared] }));
  expect(await reads(shared.host)).toBe('ok three');
});

test('a host without ports for the web says so before anything is touched', async () => {
  const scene = await place.scene('blue-green');
  const request = scene.request('one', 10, { routes: [{ host: 'none.example.com', path: '/' }] });
  const { public: _, ...proxy } = place.host.proxy ?? { configFile: '', adminSocket: '', masterSocket: '' };
  const closed = place.target({ host: { ...place.host, proxy } });
  await expect(perform(closed.prepare, request)).rejects.toMatchObject({
    type: 'InvalidConfiguration',
    message: expect.stringContaining('landfall up --public') as unknown,
  });
  const port = scene.request('one', 10, { publishPort: httpPort });
  await expect(perform(target.prepare, port)).rejects.toMatchObject({ type: 'PortTaken' });
});
