/**
 * The cluster that a run of the suite shares, in jest's main process: started for the first test file that asks, at a
 * socket in the run's folder.
 */
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { startControlPlane } from '../../../infra/dev/kubernetes/control-plane.ts';
import { startKwok } from '../../../infra/dev/kubernetes/kwok.ts';
import { buildControlPlane } from '../../../infra/setup/control-plane.mjs';
import { claimPodRange } from './addresses.ts';
import { startKubelet } from './kubelet.ts';
import { registerNodes } from './nodes.ts';
import { startPodNetwork } from './pod-network.ts';
import type { Programs } from './programs.ts';
import { CLUSTER_FOLDER, clusterSocket } from './socket.ts';
import { STAGES } from './stages.ts';

/** The answer to a test file. */
export interface SharedCluster {
  readonly server: string;
  readonly caFile: string;
  readonly token: string;
  readonly kubeconfig: string;
}

interface Running {
  readonly access: SharedCluster;
  readonly stop: () => Promise<void>;
}

/**
 * `POST /` starts the cluster, if it has not been, and answers where it is. `PUT /programs/REPOSITORY` with a socket's
 * path says who answers for that repository's programs, `DELETE` that nobody does any longer.
 *
 * @param dir - the run's folder
 * @returns what ends all of it
 */
export async function offerCluster(dir: string): Promise<() => Promise<void>> {
  const programs: Programs = new Map();
  let running: Promise<Running> | undefined;
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const part of request.setEncoding('utf8') as AsyncIterable<string>) body += part;
    const repository = decodeURIComponent(request.url?.replace('/programs/', '') ?? '');
    if (request.method === 'PUT') programs.set(repository, body);
    else if (request.method === 'DELETE') programs.delete(repository);
    else {
      running ??= start(join(dir, CLUSTER_FOLDER), programs);
      response.write(JSON.stringify((await running).access));
    }
    response.end();
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(error instanceof Error ? error.message : String(error));
    });
  });
  // Building takes minutes.
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(clusterSocket(dir), resolve));
  return async () => {
    server.close();
    server.closeAllConnections();
    await (await running?.catch(() => undefined))?.stop();
  };
}

async function start(dir: string, programs: Programs): Promise<Running> {
  const program = await buildControlPlane();
  mkdirSync(dir);
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (let one = undo.pop(); one; one = undo.pop()) await one();
  };
  try {
    const range = await claimPodRange();
    undo.push(range.release);
    const plane = await startControlPlane({ dir, program });
    undo.push(plane.stop);
    const { api, kubeconfig, server, caFile, token } = plane;
    const network = startPodNetwork(api, programs);
    undo.push(network.stop);
    const kubelet = await startKubelet(plane.credentials.certificates, network, programs);
    undo.push(kubelet.stop);
    const kwok = await startKwok({ dir, program, kubeconfig, stages: STAGES, podRange: range.cidr });
    undo.push(kwok.kill);
    await registerNodes(api, kubelet.port);
    return { access: { server, caFile, token, kubeconfig }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
