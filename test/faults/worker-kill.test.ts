/**
 * The kill matrix: a worker dies by SIGKILL before, during and after every activity of a deployment, and the deployment
 * ends as if nothing had happened, with every outside effect done once.
 *
 * Every case is a deployment of its own and stops at its own moment. When all of them stand there, one kill hits
 * them all, and one new worker takes over.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { CONTROL_QUEUE, hostQueue } from '../../contracts/core/queues.ts';
import { isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import { startProcess } from '../../infra/dev/process.ts';
import type { Process } from '../../infra/dev/process.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { createNamespace } from '../support/simulation/namespace.ts';
import { setScene, startDeployment } from '../support/simulation/scene.ts';
import type { Scene } from '../support/simulation/scene.ts';
import { createSimulation } from '../support/simulation/simulation.ts';
import { testTemporal, workflowBundle } from '../support/temporal.ts';
import { tempDir } from '../support/tmp.ts';
import { MOMENTS, serveSimulation } from './simulation-server.ts';
import type { Moment, Work } from './simulation-server.ts';
import type { WorkerSettings } from './worker-process.ts';

type Ending = 'live' | 'rolled-back';

interface Case {
  readonly name: string;
  /** The deployment's end, whichever worker is killed. */
  readonly ending: Ending;
  readonly taskQueue: string;
  readonly activity: string;
  readonly moment: Moment;
}

/** On a quiet machine all of it takes half a minute. */
const PATIENCE_MS = 180_000;

const HOSTS = ['host-a', 'host-b'];
const HOST_QUEUES = HOSTS.map(hostQueue);

const CASES: readonly Case[] = [
  ...casesOf('live', [CONTROL_QUEUE], ['tell', 'openDeployment', 'reportDeployment']),
  ...casesOf('live', HOST_QUEUES, ['prepare', 'capture', 'switchTo', 'prove', 'finalize']),
  ...casesOf('rolled-back', HOST_QUEUES, ['restore', 'prove']),
].map((one, index) => ({ ...one, name: `case-${index}` }));

function casesOf(ending: Ending, taskQueues: readonly string[], activities: readonly string[]) {
  return taskQueues.flatMap((taskQueue) =>
    activities.flatMap((activity) => MOMENTS.map((moment) => ({ ending, taskQueue, activity, moment }))),
  );
}

const simulation = createSimulation({ hosts: HOSTS });
/** Each case's end, as far as it is visible from outside. */
const ends = new Map<string, Awaited<ReturnType<typeof run>>>();
let client: Client;

/**
 * Each host is healthy at the second of two attempts (or never), so a killed worker that used up one of them would end
 * the deployment.
 */
function sceneOf(name: string, ending: Ending): Scene {
  const scene = setScene(simulation, name);
  const { settings, digest } = scene.next;
  for (const host of simulation.hosts.values()) host.makeUnhealthy(digest, 1);
  if (ending === 'rolled-back') simulation.hosts.get('host-b')?.makeUnhealthy(digest);
  const health = { ...settings.health, attempts: 2, firstWaitMs: 10 };
  return { ...scene, next: { ...scene.next, settings: { ...settings, health } } };
}

async function run(name: string, ending: Ending) {
  const { key, next } = sceneOf(name, ending);
  const { deploymentId } = next;
  const handle = await startDeployment(client, next);
  // The store hears of it last; asking it costs nothing, unlike asking Temporal.
  const states = await eventually(
    `the last word about ${deploymentId}`,
    () => {
      const stored = simulation.records.deploymentStates(deploymentId).at(-1)?.state;
      const shown = simulation.gitHub.states(deploymentId).at(-1);
      const final = stored && isDeploymentOutcome(stored) && shown && shown !== 'in_progress';
      return final && { stored, shown };
    },
    PATIENCE_MS,
  );
  const { failure, ...result } = await handle.result();
  const seen = {
    result: { ...result, failure: failure?.type },
    states,
    onGitHub: simulation.gitHub.deployments(deploymentId).length,
    hosts: [...simulation.hosts.values()].map((host) => ({
      effects: host.effects.filter((effect) => effect.includes(`.${name}.`)),
      replicas: host.replicas(key),
      serves: host.serving(key) === next.digest ? 'next' : host.serving(key) === null ? 'nothing' : 'before',
    })),
  };
  return JSON.parse(JSON.stringify(seen).replaceAll(`.${name}.`, '.it.')) as typeof seen;
}

/** Stops each case once, at its moment. A call stopped there never goes on. */
class Gates {
  readonly reached = new Set<string>();
  #open = false;

  at(moment: Moment, { taskQueue, activity, input }: Work): Promise<void> {
    const text = JSON.stringify(input);
    const one = CASES.find(
      (it) =>
        it.moment === moment && it.activity === activity && it.taskQueue === taskQueue && text.includes(`.${it.name}.`),
    );
    if (this.#open || !one || this.reached.has(one.name)) return Promise.resolve();
    this.reached.add(one.name);
    return new Promise<void>(() => undefined);
  }

  open(): void {
    this.#open = true;
  }
}

beforeAll(async () => {
  const { address } = await testTemporal();
  const connection = await Connection.connect({ address });
  onCleanup(() => connection.close());
  const namespace = `kill-${randomUUID()}`;
  await createNamespace(connection, namespace);
  client = new Client({ connection, namespace });

  const gates = new Gates();
  const server = await serveSimulation(simulation, (moment, work) => gates.at(moment, work));
  onCleanup(() => server.stop());
  const settings: WorkerSettings = {
    ...{ address, namespace, url: server.url, workflowBundle: await workflowBundle() },
    services: simulation.services.map(({ taskQueue, activities }) => ({
      taskQueue,
      activities: Object.keys(activities),
    })),
  };
  const logFile = join(tempDir(), 'worker.log');
  const startWorker = async (): Promise<Process> => {
    const worker = await startProcess({
      command: process.execPath,
      args: [fileURLToPath(new URL('worker-process.ts', import.meta.url)), JSON.stringify(settings)],
      logFile,
    });
    onCleanup(() => worker.kill());
    return worker;
  };

  const first = await startWorker();
  const record = async (name: string, ending: Ending) => void ends.set(name, await run(name, ending));
  await Promise.all([record('live', 'live'), record('rolled-back', 'rolled-back')]);

  const cases = CASES.map(({ name, ending }) => record(name, ending));
  await eventually('every case to stand at its gate', () => gates.reached.size === CASES.length, PATIENCE_MS);
  await first.kill();
  gates.open();
  await startWorker();
  await Promise.all(cases);
}, 2 * PATIENCE_MS);

describe('a deployment whose worker is killed', () => {
  test('is compared with one that was left alone: it switches both hosts once', () => {
    expect(ends.get('live')).toMatchObject({
      result: { outcome: 'live', healthAttempts: 2 },
      states: { stored: 'live', shown: 'success' },
      onGitHub: 1,
      hosts: HOSTS.map(() => ({
        effects: ['pull shop.it.production.2', 'start shop.it.production.2', 'serve shop.it.production.2'],
        serves: 'next',
      })),
    });
  });

  test('is compared with one that was left alone: it takes both hosts back once', () => {
    expect(ends.get('rolled-back')).toMatchObject({
      result: { outcome: 'rolled_back', failure: 'Unhealthy' },
      states: { stored: 'rolled_back', shown: 'failure' },
      onGitHub: 1,
      hosts: HOSTS.map(() => ({ replicas: ['shop.it.production.1'], serves: 'before' })),
    });
  });

  test.each(CASES)(
    '$moment $activity on $taskQueue still ends $ending, with the same effects, each done once [F1]',
    ({ name, ending }) => {
      expect(ends.get(name)).toEqual(ends.get(ending));
    },
  );
});
