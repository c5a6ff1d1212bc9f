/** The network of a build, made while its commit is being fetched: on a real engine. */
import { expect, test } from '@jest/globals';
import { holdNetwork, networkName } from '../../../activities/build/isolation/held-network.ts';
import { removeStaleNetworks } from '../../../activities/build/isolation/stale-networks.ts';
import type { PodmanClient } from '../../../activities/podman/client.ts';
import { HostSettings } from '../../../contracts/config/host.ts';
import { eventually } from '../../support/eventually.ts';
import { failing, perform, startBuildHost } from './build-host.ts';
import { LEAN, writeBusyboxBuild } from './dockerfiles.ts';

const B = '/b/busybox';
const host = await startBuildHost('bnet');
const onAble = process.arch === 'x64' ? test : test.skip;

/** The container that holds a build's network, whatever its state. */
async function holderOf(buildId: string): Promise<string | undefined> {
  const all = await host.podman.json<readonly { Id: string; Names: readonly string[] }[]>('GET', '/containers/json', {
    query: { all: true },
  });
  return all.find(({ Names }) => Names.includes(networkName(buildId)))?.Id;
}

/** Activities of one process, which has built before: the host has shown what it can. */
async function warm(name: string, podman: PodmanClient = host.podman) {
  const activities = host.activities({ podman, host: HostSettings.parse(host.host) });
  const step = host.step(`bnet.${name}.1`, host.repository.commit(LEAN));
  await perform(() => activities.fetchSource(step));
  await perform(() => activities.buildImage(step));
  await perform(() => activities.cleanBuild(step));
  host.log();
  const commit = host.repository.commitFolder((at) =>
    writeBusyboxBuild(at, `RUN echo ${name}; ${B} timeout 3 ${B} nc 169.254.169.254 80 </dev/null; ${B} ip rule; true`),
  );
  return { activities, step: host.step(`bnet.${name}.2`, commit) };
}

onAble('is there when the commit is, closed, and leaves with the build [B7][A7]', async () => {
  const { activities, step } = await warm('ahead');
  const { buildId } = step.build;

  await perform(() => activities.fetchSource(step));
  const ahead = await eventually('its network', () => holderOf(buildId));
  await perform(() => activities.buildImage(step));

  expect(await holderOf(buildId)).toBe(ahead);
  expect(host.log()).toMatch(/^200:.*prohibit/m);
  await perform(() => activities.cleanBuild(step));
  expect(await host.leftovers(buildId)).toEqual([]);
});

onAble('is gone when the commit could not be fetched [B9]', async () => {
  const { activities, step } = await warm('unfetched');
  const absent = { ...step, build: { ...step.build, commit: 'f'.repeat(40) } };

  expect((await failing(perform(() => activities.fetchSource(absent)))).type).toBe('CommitNotFound');
  await perform(() => activities.cleanBuild(absent));

  expect(await host.leftovers(step.build.buildId)).toEqual([]);
});

onAble(
  'is made anew when an address has come that is to be closed, and when nothing holds it any more [B7]',
  async () => {
    const networks: object[] = [];
    const json = (async (method, path, call) => {
      const answer = await host.podman.json<object[]>(method, path, call);
      return path === '/networks/json' ? [...answer, ...networks] : answer;
    }) as PodmanClient['json'];
    const { activities, step } = await warm('changed', { ...host.podman, json });
    const { buildId } = step.build;

    await perform(() => activities.fetchSource(step));
    const ahead = await eventually('its network', () => holderOf(buildId));
    networks.push({ subnets: [{ gateway: '198.18.7.1' }] });
    await perform(() => activities.buildImage(step));
    expect(await holderOf(buildId)).not.toBe(ahead);
    expect(host.log()).toMatch(/^200:.*to 198\.18\.7\.1 .*prohibit/m);
    await perform(() => activities.cleanBuild(step));

    const again = { ...step, build: { ...step.build, buildId: 'bnet.changed.3' } };
    await perform(() => activities.fetchSource(again));
    const second = await eventually('its network', () => holderOf('bnet.changed.3'));
    await host.engine.podman(['rm', '--force', '--time', '0', second]);
    await perform(() => activities.buildImage(again));
    expect(await holderOf('bnet.changed.3')).toEqual(expect.any(String));
    await perform(() => activities.cleanBuild(again));
    expect(await host.leftovers('bnet.changed.3')).toEqual([]);
  },
);

onAble('is never one of the same name whose rules were not seen, as another attempt leaves it [B7]', async () => {
  const answered: string[] = [];
  const json = (async (method, path, call) => {
    const answer = await host.podman.json<object>(method, path, call);
    answered.push(`${method} ${path}`);
    return answer;
  }) as PodmanClient['json'];
  const { activities, step } = await warm('replaced', { ...host.podman, json });
  const { buildId } = step.build;
  await perform(() => activities.fetchSource(step));
  // The last question about one that was made ahead, after its rules were seen.
  await eventually('its network', () => {
    const rules = answered.indexOf(`POST /containers/${networkName(buildId)}.rules/wait`);
    return rules >= 0 && answered.slice(rules).some((one) => /^GET \/containers\/[^/]+\/json$/.test(one));
  });
  const signal = AbortSignal.timeout(30_000);
  await holdNetwork(host.podman, { name: networkName(buildId), rootless: false, livesMs: 60_000, signal });

  await perform(() => activities.buildImage(step));

  expect(host.log()).toMatch(/^200:.*prohibit/m);
  await perform(() => activities.cleanBuild(step));
  expect(await host.leftovers(buildId)).toEqual([]);
});

onAble('a network that nobody takes ends by itself [B9]', async () => {
  const name = networkName('bnet.forgotten.1');
  const signal = AbortSignal.timeout(30_000);
  await holdNetwork(host.podman, { name, rootless: false, livesMs: 1_000, signal });

  await eventually('it to be gone', async () => (await holderOf('bnet.forgotten.1')) === undefined);
});

onAble(
  'what a worker leaves that is killed between two steps of setting the rules is removed when it is old, and not before [B9][A7]',
  async () => {
    const buildId = 'bnet.killed.1';
    const name = networkName(buildId);
    const killed = new Error('killed');
    const json = (async (method, path, call) => {
      if (method === 'POST' && path.endsWith('.rules/start')) throw killed;
      return host.podman.json(method, path, call);
    }) as PodmanClient['json'];
    const hold = { name, rootless: false, closed: { deny: ['169.254.0.0/16'], allow: [] }, livesMs: 60_000 };
    const signal = AbortSignal.timeout(60_000);
    await expect(holdNetwork({ ...host.podman, json }, { ...hold, signal })).rejects.toBe(killed);

    await removeStaleNetworks(host.podman);
    expect(await namesWith(name)).toContain(`${name}.rules`);

    await removeStaleNetworks(host.podman, Date.now() + 3_600_000);
    expect(await namesWith(name)).toEqual([]);
  },
);

async function namesWith(part: string): Promise<readonly string[]> {
  const query = { all: true };
  const all = await host.podman.json<readonly { Names: readonly string[] }[]>('GET', '/containers/json', { query });
  return all.flatMap(({ Names }) => Names).filter((name) => name.startsWith(part));
}
