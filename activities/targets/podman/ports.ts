/** Tests whether a port of this host is free: the only way to know is to take it for a moment. */
import { connect, createServer } from 'node:net';
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { listenerAt } from './listener.ts';
import { until } from '../poll-until.ts';

/** The former owner of a port (a stopped container, a reloaded proxy) lets go of it within some 50 ms. */
const RELEASE_MS = 3_000;

/**
 * Tests it for the proxy, which may have a right to ports below 1024 that this process lacks: then what accepts a connection decides.
 *
 * @throws `InvalidConfiguration` when this host cannot listen there at all
 */
async function isFreeForProxy(address: string, port: number): Promise<boolean> {
  try {
    return await listens(address, port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw notHere(address, port, error);
  }
  const reached = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address] ?? address;
  return new Promise((resolve) => {
    const socket = connect({ host: reached, port, timeout: RELEASE_MS })
      .once('connect', () => {
        resolve(false);
        socket.destroy();
      })
      .once('timeout', () => socket.destroy())
      .once('error', () => socket.destroy())
      .once('close', () => {
        resolve(true);
      });
  });
}

/** @throws `InvalidConfiguration` when this host cannot listen there at all */
export async function isFree(address: string, port: number): Promise<boolean> {
  return listens(address, port).catch((error: unknown) => {
    throw notHere(address, port, error);
  });
}

/** False when something else listens there already. */
async function listens(address: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
      .once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') resolve(false);
        else reject(error);
      })
      .listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

const notHere = (address: string, port: number, error: unknown) =>
  failure(
    FailureType.InvalidConfiguration,
    `This host cannot publish ${address}:${port}: ${(error as NodeJS.ErrnoException).message}.`,
  );

/** @throws `PortTaken` when something listens there for longer than a leaving service would */
export async function waitUntilFree(address: string, port: number): Promise<void> {
  const free = async () => ((await isFree(address, port)) ? true : undefined);
  if (!(await until(free, { timeoutMs: RELEASE_MS }))) throw await portTakenBy(address, port);
}

/** The failure for a port that is not free, with the program that listens there where this user can see it. */
export async function portTakenBy(address: string, port: number) {
  const listener = await listenerAt(address, port);
  return portTaken(address, port, listener ? `${listener.program} (process ${listener.pid})` : 'another program');
}

/** The same for the ports for the web, see {@link isFreeForProxy}. @throws `PortTaken` */
export async function waitUntilFreeForProxy(address: string, port: number): Promise<void> {
  const free = async () => ((await isFreeForProxy(address, port)) ? true : undefined);
  if (await until(free, { timeoutMs: RELEASE_MS })) return;
  throw failure(
    FailureType.PortTaken,
    `${address}:${port} is taken by another program, so this host opens no ports for the web. Free it (\`ss -ltnp 'sport = :${port}'\` names the program), or set another port.`,
  );
}

export const portTaken = (address: string, port: number, by: string) =>
  failure(
    FailureType.PortTaken,
    `${address}:${port} is taken by ${by}. Free it, or publish the service on another port in landfall.yaml.`,
  );

/** True when who listens at the one address keeps another from the other one. */
export const overlaps = (one: string, other: string): boolean =>
  one === other || one === '0.0.0.0' || other === '0.0.0.0';
