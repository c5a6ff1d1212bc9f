/** Checks whether a build reaches the addresses that give a machine its credentials. */
import { join } from 'node:path';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { hostsIn } from './build-account.ts';

/** Each as `buildDeny` of a host names it. */
const CLOSED = { metadata: "a cloud's metadata service", host: "the host's own addresses" } as const;

/**
 * Judges by the settings and the processor. The kernel is tried out by the first build of a worker, whose log says when
 * it closes nothing.
 *
 * @throws CliError when steps of a build reach what is closed by default
 */
export async function buildNetwork(context: CommandContext, dir: string, arch: string = process.arch): Promise<string> {
  const hosts = (await hostsIn(context.env['LANDFALL_HOSTS_FILE'] || join(dir, 'hosts.json'))) ?? [];
  for (const { name, buildNetwork: network, buildIsolation, buildDeny } of hosts) {
    if (network === 'none') continue;
    const isShared = network === 'host' || buildIsolation === 'chroot';
    const open = (['metadata', 'host'] as const).filter(
      (one) => isShared || arch !== 'x64' || !buildDeny.includes(one),
    );
    if (open.length === 0) continue;
    throw new CliError(
      'Look at what builds reach',
      `steps of a build on ${name} reach ${open.map((one) => CLOSED[one]).join(' and ')}`,
      arch === 'x64' || isShared
        ? 'Let its buildNetwork be "private", with "metadata" and "host" in its buildDeny, which is the default.'
        : `On ${arch} they are not closed: use "buildNetwork": "none", or a firewall.`,
    );
  }
  return "builds reach neither a cloud's metadata service nor this host";
}
