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
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(Number(port || '80'), hostname.replaceAll(/[[\]]/g, ''), resolve);
    });
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
  await new Promise((resolve) => server.close(resolve));
}

function holderWords(port: number): string {
  const holder = portHolder(port);
  if (holder === undefined) return '';
  const { program, pid, unit } = holder;
  return `, by ${program} (process ${String(pid)}${unit === undefined ? '' : ` of ${unit}`})`;
}
