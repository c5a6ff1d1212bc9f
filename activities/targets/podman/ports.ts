/** Tests whether a port of this host is free: the only way to know is to take it for a moment. */
import { createServer } from 'node:net';
import { FailureType, failure } from '../../../contracts/core/failures.ts';
import { until } from './poll-until.ts';

/** The former owner of a port (a stopped container, a reloaded proxy) lets go of it within some 50 ms. */
const RELEASE_MS = 3_000;
/** With a nudge, which takes its time on a busy host. */
const NUDGED_MS = 8_000;

/** @throws `InvalidConfiguration` when this host cannot listen there at all */
export async function isFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
      .once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') resolve(false);
        else
          reject(
            failure(FailureType.InvalidConfiguration, `This host cannot publish ${address}:${port}: ${error.message}.`),
          );
      })
      .listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * @param nudge - called between looks: Podman holds the port of a container that it could not start until its memory
 * is tidied up, which any larger call brings about
 * @throws `PortTaken` when something listens there for longer than a leaving service would
 */
export async function waitUntilFree(address: string, port: number, nudge?: () => Promise<void>): Promise<void> {
  const free = async () => {
    if (await isFree(address, port)) return true;
    await nudge?.();
    return undefined;
  };
  if (!(await until(free, { timeoutMs: nudge ? NUDGED_MS : RELEASE_MS })))
    throw portTaken(address, port, 'another program');
}

export const portTaken = (address: string, port: number, by: string) =>
  failure(
    FailureType.PortTaken,
    `${address}:${port} is taken by ${by}. Free it, or publish the service on another port in landfall.yaml.`,
  );
