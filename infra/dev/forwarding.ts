/** Port forwarding that a host's engine left in the kernel. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const IPTABLES_MS = 10_000;

/**
 * Removes port forwarding that the host's engine forgot. A container that dies while its engine sets up or takes down
 * its network leaves its rules behind; a later container with the same port could never be reached. Only rules into the
 * host's own subnet are removed; call it when no container of the host runs.
 *
 * @throws Error when iptables is missing or not permitted: then no port was forwarded with it either
 */
export async function removeForwarding(dir: string): Promise<void> {
  const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  const iptables = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)('iptables', ['-w', '-t', 'nat', ...args], { env, timeout: IPTABLES_MS })).stdout;
  const rules = (await iptables('-S')).split('\n');
  const isInside = insideOf(dir);

  // Those that lead there are enough: the ones before them only ask about a port, which another host may have at another
  // address, and without an answer a connection goes its ordinary way.
  for (const rule of rules.filter((one) => isInside(/--to-destination (\S+):\d+/.exec(one)?.[1]))) {
    // Gone meanwhile is gone.
    await iptables(...wordsOf(rule.replace('-A ', '-D '))).catch(() => undefined);
  }
}

/** Splits like a shell, because comments are in quotes. */
const wordsOf = (rule: string): readonly string[] =>
  (rule.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));

/** Tests addresses against the subnet of the host kept in `dir`. */
function insideOf(dir: string): (address: string | undefined) => boolean {
  const network = JSON.parse(readFileSync(join(dir, 'net', 'podman.json'), 'utf8')) as {
    readonly subnets: readonly { readonly subnet: string }[];
  };
  const [base = '', length = '32'] = (network.subnets[0]?.subnet ?? '').split('/');
  const size = 2 ** (32 - Number(length));
  const first = numberOf(base);
  return (address) => {
    if (address === undefined) return false;
    const number = numberOf(address);
    return number >= first && number < first + size;
  };
}

const numberOf = (address: string): number =>
  address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
