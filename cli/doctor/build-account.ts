/** Checks whether an escaped build could read what Landfall keeps. */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { buildSockets } from '../../infra/dev/build-folders.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { BUILD_ACCOUNT } from '../../infra/setup/build-account.mjs';
import { BUILD_RUN_DIR } from '../up/podman-socket.ts';
import { jsonOf } from '../../contracts/core/json.ts';

const Hosts = z.array(
  z.object({
    name: z.string(),
    roles: z.array(z.string()).default(['build', 'run']),
    podmanSocket: z.string(),
    buildPodmanSocket: z.string().optional(),
    buildIsolation: z.string().default('oci'),
    buildNetwork: z.string().default('private'),
    buildDeny: z.array(z.string()).default(['metadata', 'host']),
  }),
);

interface Looked {
  readonly dir: string;
  readonly socket: string;
}

/**
 * @returns the account that builds
 * @throws CliError when it is Landfall's own, or root, or when a build is not shut in
 */
export async function buildAccount(context: CommandContext, { dir, socket }: Looked): Promise<string> {
  const file = context.env['LANDFALL_HOSTS_FILE'] || join(dir, 'hosts.json');
  const hosts = (await hostsIn(file)) ?? [{ name: 'local', buildIsolation: 'oci', socket: usualSocket() ?? socket }];
  const open = hosts.find(({ buildIsolation }) => buildIsolation === 'chroot');
  if (open) {
    throw new CliError(
      'Look at how builds are shut in',
      `${open.name} builds without containers (buildIsolation: chroot): a Dockerfile has all the rights of its Podman's account`,
      'Remove that setting, or give the host nothing but builds.',
    );
  }
  const own = process.getuid?.();
  const owners = hosts.flatMap(({ socket: path }) => (existsSync(path) ? [statSync(path).uid] : []));
  const shared = owners.find((uid) => uid === own || uid === 0);
  if (shared === undefined) {
    const replaceable = hosts.find(({ socket: path }) => isReplaceable(path))?.socket;
    if (replaceable === undefined) return owners.length === 0 ? 'not found' : 'builds run as an account of their own';
    throw new CliError(
      'Look at the socket of the Podman that builds',
      `the account that builds may put another one in place of ${replaceable}, and so lead builds to another Podman`,
      'Let `landfall up` as root start it, or have root make the socket in a folder of its own.',
    );
  }
  throw new CliError(
    'Look at which account builds',
    `Podman builds as ${shared === 0 ? 'root' : 'the account of Landfall itself'} on the machine that keeps Landfall's keys: a build that escapes through a fault of the engine can read them`,
    `Give builds the account ${BUILD_ACCOUNT}, which \`landfall up\` as root makes and uses, or a machine (docs/hosts.md, "An account of their own for builds").`,
  );
}

const usualSocket = (): string | undefined => buildSockets(BUILD_RUN_DIR)[0];

/** True when an account other than root and ours may replace this path by another socket or a link. */
function isReplaceable(path: string): boolean {
  if (!existsSync(path)) return false;
  const { uid, mode } = statSync(dirname(path));
  const isSticky = (mode & 0o1000) !== 0;
  return (uid !== 0 && uid !== process.getuid?.()) || ((mode & 0o022) !== 0 && !isSticky);
}

/** The hosts of a file that build; `undefined` when there is no such file. */
export async function hostsIn(file: string) {
  if (!existsSync(file)) return undefined;
  const parsed = Hosts.safeParse(jsonOf(await readFile(file, 'utf8')));
  if (!parsed.success) throw new CliError(`Read ${file}`, 'it is not a list of hosts', 'Correct it.');
  return parsed.data
    .filter(({ roles }) => roles.includes('build'))
    .map(({ buildPodmanSocket, podmanSocket, ...host }) => ({ ...host, socket: buildPodmanSocket ?? podmanSocket }));
}

/** @throws CliError when other accounts of this machine may read one of the files */
export function keyFiles(paths: readonly string[]): string {
  const there = paths.filter((path) => existsSync(path));
  const open = there.find((path) => (statSync(path).mode & 0o077) !== 0);
  if (open === undefined) return there.length === 0 ? 'none on this machine' : 'readable by their owner only';
  throw new CliError(
    `Look at ${open}`,
    `${open} may be read by others on this machine, by builds too`,
    `Run \`chmod 600 ${open}\`.`,
  );
}
