/**
 * The configuration files of one isolated Podman host (containers.conf(5), containers-storage.conf(5),
 * containers-registries.conf(5)). A user's ordinary Podman needs none of this: it serves to run several hosts side by
 * side on one machine, also in a container without systemd.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { find } from './locate.ts';

export interface PodmanConfig {
  readonly env: Readonly<Record<string, string>>;
  /** Stand in front of every podman command. */
  readonly flags: readonly string[];
  /** Records what is mounted and running; meaningless after a reboot. */
  readonly runDir: string;
}

export type StorageDriver = 'overlay' | 'vfs';

/**
 * Writes the files under `dir`, or brings them up to date. The host keeps its subnet and storage driver for life.
 *
 * @param registries - host:port of registries that speak plain HTTP.
 */
export function writePodmanConfig(dir: string, registries: readonly string[], driver: StorageDriver): PodmanConfig {
  const runDir = join(dir, 'run');
  const file = (name: string) => join(dir, 'conf', name);
  forgetEarlierBoot(dir, runDir);
  for (const path of ['conf', 'net', 'run/tmp', 'work']) mkdirSync(join(dir, path), { recursive: true });
  writeFileSync(file('containers.conf'), containersConf());
  writeFileSync(file('registries.conf'), registriesConf(registries));
  writeFileSync(file('storage.conf'), storageConf(dir, runDir, driver));
  const network = join(dir, 'net', 'podman.json');
  if (!existsSync(network)) writeFileSync(network, JSON.stringify(defaultNetwork(), null, 2));
  return {
    runDir,
    flags: ['--tmpdir', join(runDir, 'tmp'), '--network-config-dir', join(dir, 'net')],
    env: {
      CONTAINERS_CONF: file('containers.conf'),
      CONTAINERS_REGISTRIES_CONF: file('registries.conf'),
      CONTAINERS_STORAGE_CONF: file('storage.conf'),
      // A build without privileges of its own: works in a container too.
      BUILDAH_ISOLATION: 'chroot',
      TMPDIR: join(dir, 'work'),
    },
  };
}

/** Podman recognises a reboot by its run directory being on a tmpfs; ours need not be. */
function forgetEarlierBoot(dir: string, runDir: string): void {
  const kernel = '/proc/sys/kernel/random/boot_id';
  if (!existsSync(kernel)) return;
  const boot = readFileSync(kernel, 'utf8');
  const seen = join(dir, 'boot-id');
  if (existsSync(seen) && readFileSync(seen, 'utf8') !== boot) rmSync(runDir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  writeFileSync(seen, boot);
}

/** containers.conf(5) for a machine with or without systemd. */
export function containersConf(): string {
  const systemd = existsSync('/run/systemd/system');
  return `[containers]
default_ulimits = ["nofile=${atMost('Max open files', 20_000)}", "nproc=${atMost('Max processes', 4_096)}"]
${systemd ? '' : 'log_driver = "k8s-file"\n'}
[engine]
events_logger = "file"
# In the host's own folder; the default, shared memory, is one table for all hosts of the machine.
lock_type = "file"
${systemd ? '' : 'cgroup_manager = "cgroupfs"\n'}${find('runc') === undefined ? '' : 'runtime = "runc"\n'}
[network]
network_backend = "netavark"
`;
}

/** The engine may not give more than it has: `soft:hard` of what is wanted or the machine's own hard limit. */
function atMost(limit: string, wanted: number): string {
  const table = existsSync('/proc/self/limits') ? readFileSync('/proc/self/limits', 'utf8') : '';
  const hard = Number(new RegExp(`^${limit} +\\S+ +(\\d+)`, 'm').exec(table)?.[1] ?? wanted);
  const value = Math.min(wanted, hard);
  return `${value}:${value}`;
}

function registriesConf(registries: readonly string[]): string {
  const plain = registries.map(
    (location) => `\n[[registry]]\nlocation = ${JSON.stringify(location)}\ninsecure = true\n`,
  );
  return `unqualified-search-registries = []\nshort-name-mode = "disabled"\n${plain.join('')}`;
}

function storageConf(dir: string, runDir: string, driver: StorageDriver): string {
  return `[storage]
driver = "${driver}"
graphroot = ${JSON.stringify(join(dir, 'storage'))}
runroot = ${JSON.stringify(join(runDir, 'root'))}
`;
}

/**
 * The default network of containers. Podman's own would be the same bridge and the same addresses for every host; each
 * of ours has one of 131,072 subnets of 10.128.0.0/9.
 */
function defaultNetwork(): object {
  const taken = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  let subnet: Subnet;
  do subnet = randomSubnet();
  while (taken.includes(subnet.gateway));
  return {
    name: 'podman',
    // Podman knows its default network by this id.
    id: '2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9',
    driver: 'bridge',
    network_interface: subnet.bridge,
    created: new Date().toISOString(),
    subnets: [{ subnet: subnet.range, gateway: subnet.gateway }],
    ipv6_enabled: false,
    internal: false,
    dns_enabled: false,
    ipam_options: { driver: 'host-local' },
  };
}

interface Subnet {
  readonly bridge: string;
  readonly range: string;
  readonly gateway: string;
}

function randomSubnet(): Subnet {
  const [second, third, quarter] = [128 + randomInt(128), randomInt(256), 64 * randomInt(4)];
  const prefix = `10.${second}.${third}`;
  return {
    bridge: `lf${second}x${third}x${quarter}`,
    range: `${prefix}.${quarter}/26`,
    gateway: `${prefix}.${quarter + 1}`,
  };
}
