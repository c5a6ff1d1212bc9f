/** The machine's own Podman, as its ordinary user runs it. */
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { CliError, errorText } from '../cli-error.ts';
import { BUILD_ACCOUNT } from '../../infra/setup/build-account.mjs';
import type { CommandContext } from '../context.ts';

/** CONTAINER_HOST is Podman's own setting (podman(1)); the rest is where its systemd units listen. */
export function podmanSocket({ env }: Pick<CommandContext, 'env'>, option?: string): string {
  if (option !== undefined) return option;
  const host = /^unix:\/\/(\/.+)$/.exec(env['CONTAINER_HOST'] ?? '')?.[1];
  if (host !== undefined) return host;
  return isRoot() ? '/run/podman/podman.sock' : `${env['XDG_RUNTIME_DIR'] ?? '/run/user/unknown'}/podman/podman.sock`;
}

/** `landfall up` as root starts the Podman that builds in this folder (docs/hosts.md). */
export const BUILD_RUN_DIR = `/run/${BUILD_ACCOUNT}`;
/** Its builds unpack here: /run is memory on most machines. */
export const BUILD_DISK_DIR = `/var/cache/${BUILD_ACCOUNT}`;

/** `landfall up` serves the API of this user's Podman in this folder where nothing else serves it. */
export const ownPodman = (dataDir: string): string => join(dataDir, 'podman');

/** An engine that takes longer is stuck. */
const PING_MS = 5_000;

/** True when the socket's path is named by a person; {@link podmanSocket} is the usual one otherwise. */
export const isGiven = ({ env }: Pick<CommandContext, 'env'>, option?: string): boolean =>
  option !== undefined || (env['CONTAINER_HOST'] ?? '') !== '';

export const answers = (socketPath: string): Promise<boolean> =>
  ping(socketPath).then(
    () => true,
    () => false,
  );

/** @throws CliError that says how Podman's API is started. */
export async function checkPodman(socketPath: string): Promise<void> {
  try {
    await ping(socketPath);
  } catch (error) {
    const unit = isRoot() ? 'systemctl enable --now podman.socket' : 'systemctl --user enable --now podman.socket';
    throw new CliError(
      `Ask Podman at ${socketPath}`,
      errorText(error),
      `Start its API: \`${unit}\`, or without systemd \`mkdir -p ${dirname(socketPath)} && podman system service --time=0 unix://${socketPath}\`. Without --podman-socket and CONTAINER_HOST, \`landfall up\` starts one itself.`,
      { cause: error },
    );
  }
}

const isRoot = (): boolean => process.getuid?.() === 0;

async function ping(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/_ping', signal: AbortSignal.timeout(PING_MS) }, (answer) => {
      answer.resume();
      if (answer.statusCode === 200) resolve();
      else reject(new Error(`it answered ${String(answer.statusCode)}`));
    });
    asked.once('error', reject);
    asked.end();
  });
}
