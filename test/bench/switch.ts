import { podmanSettings } from '../support/targets/podman.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { Agent, request } from 'undici';
import { createPodmanClient } from '../../activities/podman/client.ts';
import { createPodmanTarget } from '../../activities/targets/podman/target.ts';
import { createProveActivities } from '../../activities/targets/prove.activities.ts';
import { deploymentId } from '../../contracts/core/ids.ts';
import type { TargetRequest } from '../../contracts/deployment/target.ts';
import { startPodmanHost } from '../../infra/dev/podman-host.ts';
import { freePort } from '../../infra/dev/process.ts';
import { startProxy } from '../../infra/dev/proxy.ts';
import { startRegistry } from '../../infra/dev/registry.ts';
import { PATHS, PORT, publish } from '../activities/targets/images.ts';
import { median } from './bench.ts';
import type { Bench } from './bench.ts';

const DEPLOYMENTS = 20;
const ROLLBACKS = 5;
const CONNECTIONS = 16;

/** Digest of an image reference. */
const digestOf = (image: string): string => image.slice(image.indexOf('@') + 1);

export const switching: Bench = {
  name: 'switch',
  about: `${String(DEPLOYMENTS)} blue-green deployments and ${String(ROLLBACKS)} rollbacks on Podman behind HAProxy, under steady load`,
  async run(dir, say) {
    const registry = await startRegistry({ dir: join(dir, 'r') });
    const engine = await startPodmanHost({ dir: join(dir, 'h'), name: 'a', registries: [registry.address] });
    const proxy = await startProxy({ dir: join(dir, 'p') });
    try {
      const repository = `${registry.address}/bench/web`;
      const images = [await publish({ repository, version: 'one' }), await publish({ repository, version: 'two' })];
      const target = createPodmanTarget({
        host: {
          name: 'a',
          roles: ['run'],
          podmanSocket: engine.socket,
          address: '127.0.0.1',
          workDir: join(dir, 'w'),
          buildSlots: 1,
          buildIsolation: 'oci',
          buildNetwork: 'private',
          buildDeny: [],
          buildAllow: [],
          proxy: { configFile: proxy.configFile, adminSocket: proxy.adminSocket, masterSocket: proxy.masterSocket },
        },
        podman: createPodmanClient(engine.socket),
        logs: { append: async () => undefined },
        variables: { valuesOf: async () => null },
        registry: { address: registry.address, insecure: true },
      });
      const { prove } = createProveActivities(target);
      const perform = <I, O>(activity: (input: I) => Promise<O>, input: I): Promise<O> =>
        new MockActivityEnvironment().run(activity, input);

      const key = { project: 'bench', service: 'web', environment: 'production' };
      const publishPort = await freePort();
      let generation = 0;
      const next = (): TargetRequest => {
        generation += 1;
        return {
          ...{ key, generation, deploymentId: deploymentId(key, generation) },
          image: images[generation % images.length] ?? '',
          commit: String(generation).padStart(40, '0'),
          run: { port: PORT, env: {}, stopTimeoutMs: 5_000 },
          health: {
            kind: 'http',
            path: PATHS.healthy,
            status: 200,
            timeoutMs: 20_000,
            attempts: 1,
            firstWaitMs: 100,
            maxWaitMs: 100,
          },
          kindSettings: podmanSettings({ publishPort }),
        };
      };
      const deploy = async (wanted: TargetRequest) => {
        await perform(target.prepare, wanted);
        const captured = await perform(target.capture, wanted);
        await perform(target.switchTo, wanted);
        return { captured };
      };

      await deploy(next());
      const load = startLoad(`http://127.0.0.1:${String(publishPort)}/`);
      for (let count = 0; count < DEPLOYMENTS; count += 1) {
        const wanted = next();
        const { captured } = await deploy(wanted);
        await perform(target.finalize, { request: wanted, captured });
      }
      const rollbacks: number[] = [];
      for (let count = 0; count < ROLLBACKS; count += 1) {
        const wanted = next();
        const { captured } = await deploy(wanted);
        const startedAt = performance.now();
        await perform(target.restore, { request: wanted, captured });
        await perform(prove, { request: wanted, expected: { digest: digestOf(captured.running?.image ?? '') } });
        rollbacks.push(performance.now() - startedAt);
      }
      const starts: number[] = [];
      for (let count = 0; count < ROLLBACKS; count += 1) {
        const asked = next();
        const wanted: TargetRequest = { ...asked, run: { ...asked.run, warm: 'stopped' } };
        const { captured } = await deploy(wanted);
        await perform(target.finalize, { request: wanted, captured });
        const startedAt = performance.now();
        await perform(target.restore, { request: wanted, captured });
        await perform(prove, { request: wanted, expected: { digest: digestOf(captured.running?.image ?? '') } });
        starts.push(performance.now() - startedAt);
      }
      const { total, failed } = await load.stop();
      say(`${String(total)} requests over ${String(CONNECTIONS)} connections`);
      await perform(target.remove, { key, generation: Number.MAX_SAFE_INTEGER - 1 });
      return [
        { name: 'switch: failed requests', value: failed, unit: 'requests', goal: 0, better: 'lower' },
        {
          name: 'rollback to the warm container, verified',
          value: median(rollbacks) / 1_000,
          unit: 's',
          goal: 3,
          better: 'lower',
        },
        {
          name: 'rollback to the container that is kept stopped, verified',
          value: median(starts) / 1_000,
          unit: 's',
          goal: 3,
          better: 'lower',
        },
      ];
    } finally {
      await proxy.stop();
      await engine.stop();
      await registry.stop();
    }
  },
};

/** Sends requests without a pause on each connection, until it is stopped. Anything but a 200 has failed. */
function startLoad(url: string) {
  const dispatcher = new Agent({ connections: CONNECTIONS, pipelining: 1 });
  let stopped = false;
  let total = 0;
  let failed = 0;
  const one = async () => {
    while (!stopped) {
      total += 1;
      const status = await request(url, { dispatcher }).then(
        async ({ statusCode, body }) => {
          await body.dump();
          return statusCode;
        },
        () => 0,
      );
      if (status !== 200) failed += 1;
      // Steady, not as much as the machine gives: the deployments need some of it.
      await delay(5);
    }
  };
  const all = Promise.all(Array.from({ length: CONNECTIONS }, one));
  return {
    async stop() {
      stopped = true;
      await all;
      await dispatcher.close();
      return { total, failed };
    },
  };
}
