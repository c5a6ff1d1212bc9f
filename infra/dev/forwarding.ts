/** What a host's published ports leave in the kernel. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const IPTABLES_MS = 10_000;

/**
 * Takes away the port forwarding into a host's own network that its engine forgot: a container that dies while its engine
 * sets its network up, or takes it down, leaves its rules behind. Whoever is given such a port later could never be
 * reached on it. Only rules that lead to the host's own subnet go; call it once no container of it runs.
 *
 * @throws Error where there is no iptables, or it may not be used: then nothing was forwarded with it either.
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

/** As the shell would: comments are in quotes. */
const wordsOf = (rule: string): readonly string[] =>
  (rule.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));

/** Whether an address lies in the subnet of the host that is kept in `dir`. */
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
