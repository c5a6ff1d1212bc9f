/** Whether what gets out of a build can read what Landfall keeps. */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { accountNamed } from '../../infra/dev/accounts.ts';
import { buildSocket } from '../../infra/dev/build-folders.ts';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { BUILD_ACCOUNT, BUILD_RUN_DIR, userSocket } from '../up/podman-socket.ts';

const Hosts = z.array(
  z.object({
    name: z.string(),
    roles: z.array(z.string()).default(['build', 'run']),
    podmanSocket: z.string(),
    buildPodmanSocket: z.string().optional(),
    buildIsolation: z.string().default('oci'),
  }),
);

interface Looked {
  readonly dir: string;
  readonly socket: string;
}

/**
 * @returns which account builds
 * @throws CliError when it is Landfall's own, or root, or when a build is not shut in
 */
export async function buildAccount(context: Context, { dir, socket }: Looked): Promise<string> {
  const file = context.env['LANDFALL_HOSTS_FILE'] || join(dir, 'hosts.json');
  const hosts = (await hostsIn(file)) ?? [{ name: 'local', buildIsolation: 'oci', socket: usualSocket() ?? socket }];
  const open = hosts.find(({ buildIsolation }) => buildIsolation === 'chroot');
  if (open) {
    throw new CliError(
      'Look at how builds are shut in',
      `${open.name} builds without containers (buildIsolation: chroot): whoever writes a Dockerfile has the account of its Podman`,
      'Remove that setting, or give the host nothing but builds.',
    );
  }
  const own = process.getuid?.();
  const owners = hosts.flatMap(({ socket: path }) => (existsSync(path) ? [statSync(path).uid] : []));
  const shared = owners.find((uid) => uid === own || uid === 0);
  if (shared === undefined) return owners.length === 0 ? 'not found' : 'builds run as an account of their own';
  throw new CliError(
    'Look at which account builds',
    `Podman builds as ${shared === 0 ? 'root' : 'the account of Landfall itself'} on the machine that keeps Landfall's keys: what gets out of a build by a fault of the engine reads them`,
    `Give builds the account ${BUILD_ACCOUNT}, or a machine (docs/operations.md, "An account of their own for builds").`,
  );
}

function usualSocket(): string | undefined {
  const account = accountNamed(BUILD_ACCOUNT);
  return [account && userSocket(account.uid), buildSocket(BUILD_RUN_DIR)].find(
    (path) => path !== undefined && existsSync(path),
  );
}

async function hostsIn(file: string) {
  if (!existsSync(file)) return undefined;
  const parsed = Hosts.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!parsed.success) throw new CliError(`Read ${file}`, 'it is no list of hosts', 'Correct it.');
  return parsed.data
    .filter(({ roles }) => roles.includes('build'))
    .map(({ name, buildIsolation, buildPodmanSocket, podmanSocket }) => ({
      name,
      buildIsolation,
      socket: buildPodmanSocket ?? podmanSocket,
    }));
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
