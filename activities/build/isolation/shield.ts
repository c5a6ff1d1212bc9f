/** The engine's settings that shut in the steps of a build. */

export interface Shield {
  /** `oci`: a container of its own for each step. `chroot`: the host's processes and network. */
  readonly isolation: 'oci' | 'chroot';
  /** `private`: a network behind NAT. `none`: loopback alone. */
  readonly network: 'private' | 'none' | 'host';
  /** A private network that is there already (held-network.ts), in place of one that the engine makes. */
  readonly networkPath?: string;
  /** The resolver in that network, when the host's own cannot be reached from it. */
  readonly nameserver?: string;
}

/**
 * The capabilities for installing and compiling as root. Any other that an engine's configuration grants is taken away.
 */
const KEPT: ReadonlySet<string> = new Set([
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
]);

/** capabilities(7), all of Linux 5.9 and newer. */
const ALL =
  `AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH
  FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE
  NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE
  SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM`.split(/\s+/);

const DROPPED = JSON.stringify(ALL.filter((name) => !KEPT.has(name)).map((name) => `CAP_${name}`));

/** Set each time: an engine's containers.conf may have set any of them to the host's. */
const NAMESPACES = ['pid', 'ipc', 'uts', 'network'] as const;

/**
 * The part of the query of `POST /libpod/build` that shuts its steps in (docs.podman.io, "ImageBuildLibpod"; the names of
 * namespaces are those of OCI's runtime-spec, "Namespaces"). Without `nsoptions` the API gives a build the host's network.
 */
export function shieldQuery({ isolation, network, networkPath, nameserver }: Shield) {
  const namespaces = NAMESPACES.map((Name) => ({
    Name,
    Host: Name === 'network' && network === 'host',
    Path: Name === 'network' ? (networkPath ?? '') : '',
  }));
  return {
    isolation,
    dropcaps: DROPPED,
    // A chroot has none of them.
    ...(isolation === 'oci' && { nsoptions: JSON.stringify(namespaces) }),
    ...(isolation === 'oci' && network === 'none' && { networkmode: 'NetworkDisabled' }),
    ...(nameserver !== undefined && { dnsservers: JSON.stringify([nameserver]) }),
  } as const;
}
