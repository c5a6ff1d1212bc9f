/** A Kubernetes control plane on the loopback address: etcd, API server, controllers and scheduler, without a node. */
import { join } from 'node:path';
import { freePort, startProcess, waitUntil, withFreePorts, type Process } from '../process.ts';
import { apiOf, type Api } from './api.ts';
import { makeCredentials, writeKubeconfig, type ClusterAccess, type Credentials } from './credentials.ts';
import {
  apiServerArguments,
  controllersArguments,
  etcdArguments,
  schedulerArguments,
  type ControlPlanePorts,
} from './programs.ts';

export interface ControlPlaneOptions {
  /** Keys, data and logs are kept here. */
  readonly dir: string;
  /** The file that main.go beside this is built to. */
  readonly program: string;
}

export interface ControlPlane extends ClusterAccess {
  /** A file for a person who may do everything. */
  readonly kubeconfig: string;
  readonly credentials: Credentials;
  /** The API, as that person uses it. */
  readonly api: Api;
  /** Ends all of it at once: nothing of it is used again. */
  readonly stop: () => Promise<void>;
}

/** Up in four seconds on a quiet machine. */
const READY_MS = 180_000;

/**
 * Starts it and resolves when pods can be made in its namespace `default`. It ends when our process does.
 *
 * @throws Error when a program cannot be executed, or with its log when it does not come up.
 */
export const startControlPlane = (options: ControlPlaneOptions): Promise<ControlPlane> =>
  withFreePorts(false, () => start(options));

async function start({ dir, program }: ControlPlaneOptions): Promise<ControlPlane> {
  const ports: ControlPlanePorts = { etcd: await freePort(), etcdPeers: await freePort(), apiServer: await freePort() };
  const credentials = makeCredentials(join(dir, 'keys'));
  const started: Process[] = [];
  const launch = async (name: string, args: readonly string[]) => {
    const one = await startProcess({ command: program, args, cwd: dir, logFile: join(dir, `${name}.log`) });
    started.push(one);
    return one;
  };
  const end = async () => {
    await Promise.all(started.map((one) => one.kill()));
  };
  try {
    const etcd = await launch('etcd', etcdArguments(dir, ports));
    await waitUntil(etcd, async (signal) => (await fetch(`http://127.0.0.1:${ports.etcd}/health`, { signal })).ok, {
      what: `serve etcd on 127.0.0.1:${ports.etcd}`,
      timeoutMs: READY_MS,
    });
    const apiServer = await launch('api-server', apiServerArguments(ports, credentials));
    const access = {
      server: `https://127.0.0.1:${ports.apiServer}`,
      caFile: join(credentials.certificates, 'apiserver.crt'),
      token: credentials.adminToken,
    };
    const api = await whenReady(apiServer, access);
    const kubeconfig = join(dir, 'kubeconfig');
    writeKubeconfig(kubeconfig, access);
    const controllers = await launch('controllers', controllersArguments(kubeconfig));
    await launch('scheduler', schedulerArguments(kubeconfig));
    await waitUntil(controllers, () => has(api, '/api/v1/namespaces/default/serviceaccounts/default'), {
      what: 'make the service account of the namespace default',
      timeoutMs: READY_MS,
    });
    const stop = async () => {
      await api.close();
      await end();
    };
    return { ...access, kubeconfig, credentials, api, stop };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The API server makes its certificate first, so our client can only be made then. */
async function whenReady(apiServer: Process, access: ClusterAccess): Promise<Api> {
  let api: Api | undefined;
  const ready = async () => {
    api ??= apiOf(access);
    return (await api.text('/readyz')) === 'ok';
  };
  await waitUntil(apiServer, ready, { what: `serve Kubernetes on ${access.server}`, timeoutMs: READY_MS });
  return api ?? apiOf(access);
}

const has = (api: Api, path: string): Promise<boolean> =>
  api.call('GET', path).then(
    () => true,
    () => false,
  );
