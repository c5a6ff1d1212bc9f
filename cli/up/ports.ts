import { createServer } from 'node:net';
import { portHolder } from '../../infra/dev/port-holder.ts';
import { CliError, errorText } from '../cli-error.ts';

/**
 * Checks that the address is free: a program that listens there would be taken for the part about to start.
 *
 * @param option - how to choose another port.
 * @throws CliError
 */
export async function assertFree(listenUrl: string, what: string, option: string): Promise<void> {
  const { hostname, port } = new URL(listenUrl);
  try {
    await listenOnce(hostname.replaceAll(/[[\]]/g, ''), Number(port || '80'));
  } catch (error) {
    throw new CliError(
      `Start ${what} on ${hostname}:${port}`,
      `${errorText(error)}${holderWords(Number(port || '80'))}`,
      `End what listens there, or choose another port with ${option}.`,
      {
        cause: error,
      },
    );
  }
}

/** Takes the port for a moment: the only way to know that it can be had. @throws what the system says against it */
export async function listenOnce(address: string, port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}

function holderWords(port: number): string {
  const holder = portHolder(port);
  if (holder === undefined) return '';
  const { program, pid, unit } = holder;
  return `, by ${program} (process ${String(pid)}${unit === undefined ? '' : ` of ${unit}`})`;
}
