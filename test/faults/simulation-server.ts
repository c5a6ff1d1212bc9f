/**
 * Serves a simulation over a loopback socket, so that the outside world survives when the worker that acts on it is
 * killed. A worker asks for a piece of work and, once it has the result, says so before it tells Temporal: between
 * those the server can stop it at each moment that matters.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { failureOf } from '../../contracts/core/failures.ts';
import type { FailureRecord } from '../../contracts/core/failures.ts';
import type { Simulation } from '../support/simulation/simulation.ts';

/** `before`: nothing was done. `during`: done, without an answer. `after`: the worker knows, Temporal does not. */
export const MOMENTS = ['before', 'during', 'after'] as const;
export type Moment = (typeof MOMENTS)[number];

/** One activity, as it goes over the socket. */
export interface Work {
  readonly taskQueue: string;
  readonly activity: string;
  readonly input: unknown;
}

export type Answer = { readonly result: unknown } | { readonly failure: FailureRecord };

export interface SimulationServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** @param at - awaited at each moment of each activity; a worker whose `at` never resolves waits there. */
export async function serveSimulation(
  { services }: Pick<Simulation, 'services'>,
  at: (moment: Moment, work: Work) => Promise<void>,
): Promise<SimulationServer> {
  const activities = new Map(
    services.flatMap(({ taskQueue, activities: offered }) =>
      Object.entries(offered).map(([name, run]: [string, Activity]) => [`${taskQueue} ${name}`, run]),
    ),
  );

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const work = (await json(request)) as Work;
    let reply: Answer = { result: undefined };
    if (request.url === '/work') {
      await at('before', work);
      reply = await perform(activities.get(`${work.taskQueue} ${work.activity}`), work);
      await at('during', work);
    } else {
      await at('after', work);
    }
    response.end(JSON.stringify(reply));
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, stop: () => close(server) };
}

type Activity = (input: unknown) => Promise<unknown>;

async function perform(activity: Activity | undefined, { input }: Work): Promise<Answer> {
  try {
    return { result: await activity?.(input) };
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    return { failure };
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
