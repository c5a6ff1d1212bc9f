/** Landfall's unit for systemd, as text (systemd.unit(5), systemd.service(5), systemd.exec(5)). */
import { CREDENTIALS, type CredentialKind, type CredentialName } from './credentials.ts';
import { MARK, commandLine, path, word } from './unit-words.ts';

export const UNIT = 'landfall.service';
/** Podman's own unit, which serves the API of root's Podman (podman-system-service(1)). */
export const PODMAN_UNIT = 'podman.socket';
const PODMAN_SOCKET = '/run/podman/podman.sock';

export interface UnitOptions {
  /** The program and its first arguments, each a whole path. */
  readonly program: readonly string[];
  readonly dataDir: string;
  readonly environmentFile: string;
  /** The folder of the credentials' files. */
  readonly credentialsDir: string;
  readonly credentials: readonly CredentialName[];
  /** Services run on this machine, by root's Podman. */
  readonly runsServices: boolean;
  /** Units of the parts that it uses. It starts after them and does not end with them. */
  readonly parts: readonly string[];
  /** Where the parts are, as variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** The file with the password of the registry that is one of the parts. */
  readonly registryLogin: string | undefined;
  /** A proxy that `landfall up` starts is in this unit too, and goes on when Landfall stops. */
  readonly keepsTraffic: boolean;
}

const REGISTRY_LOGIN = 'own-registry';

/**
 * What the service may not do any more. Its builds run in it as an account of their own, in user namespaces, and they
 * inherit everything here: a setting that a build could notice has no place in this list (docs/install.md).
 */
const HARDENING = `CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL CAP_NET_BIND_SERVICE CAP_SETGID CAP_SETUID CAP_SYS_ADMIN
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictRealtime=yes
SystemCallFilter=~@clock @module @obsolete @raw-io @reboot @swap
SystemCallErrorNumber=EPERM
ProtectSystem=full
ProtectHome=read-only
PrivateTmp=yes`;

/**
 * Secrets are named by their files, never by their values.
 *
 * @throws CliError for a path that a unit cannot hold
 */
export function unitText(options: UnitOptions): string {
  const { program, dataDir, environmentFile, credentialsDir, credentials, runsServices, parts, keepsTraffic } = options;
  const command = [
    ...program,
    'up',
    '--data-dir',
    dataDir,
    ...(runsServices ? ['--podman-socket', PODMAN_SOCKET] : []),
  ];
  const needs = ['network-online.target', ...(runsServices ? [PODMAN_UNIT] : []), ...parts].join(' ');
  const given = CREDENTIALS.filter(({ name }) => credentials.includes(name));
  const handed = [
    ...given.map(({ name }) => [name, `${credentialsDir}/${name}`] as const),
    ...(options.registryLogin === undefined ? [] : [[REGISTRY_LOGIN, options.registryLogin] as const]),
  ];
  return `${MARK}
# Settings: ${environmentFile}, secrets: ${credentialsDir}. More of your own: systemctl edit landfall

[Unit]
Description=Landfall, durable deployments from GitHub
Wants=${needs}
After=${needs}
RequiresMountsFor=${word(dataDir)}
# A machine that lacks something for an hour is tried again after it.
StartLimitIntervalSec=0

[Service]
Type=exec
User=root
ExecStart=${commandLine(command)}
EnvironmentFile=${path(environmentFile)}
${handed.map(([name, file]) => `LoadCredential=${name}:${path(file)}\n`).join('')}${variables(options, given)
    .map(([name, value]) => `Environment=${name}=${value}\n`)
    .join('')}${keepsTraffic ? PROCESS : MIXED}
TimeoutStopSec=90
Restart=on-failure
RestartSec=10
# Stopped while it was starting.
SuccessExitStatus=130
LimitNOFILE=65536
# Builds are in this unit too: one that takes too much memory ends alone.
OOMPolicy=continue

${HARDENING}

[Install]
WantedBy=multi-user.target
`;
}

/** Systemd's own words for a path of this machine may be in the values. */
function variables(
  { environment, registryLogin }: UnitOptions,
  given: readonly CredentialKind[],
): readonly (readonly [string, string])[] {
  const files = new Map(given.map(({ name, fileVariable }) => [fileVariable, `%d/${name}`]));
  if (registryLogin !== undefined) {
    const others = files.get(AUTH_FILES);
    files.set(AUTH_FILES, [`%d/${REGISTRY_LOGIN}`, ...(others === undefined ? [] : [others])].join(','));
  }
  return [...files, ...Object.entries(environment).map(([name, value]) => [name, path(value)] as const)];
}

const AUTH_FILES = 'LANDFALL_REGISTRY_AUTH_FILE';
const MIXED = `# Nothing in this unit carries traffic.
KillMode=mixed`;
const PROCESS = `# A proxy in this unit carries traffic, and goes on when Landfall stops.
KillMode=process`;

/** The data folder that a unit of ours names. */
export function dataDirOf(text: string): string | undefined {
  const [, quoted, bare] = /^RequiresMountsFor=(?:"(.*)"|(.*))$/m.exec(text) ?? [];
  return (quoted ?? bare)?.replaceAll('%%', '%');
}

/** The value of a variable that a unit of ours sets. */
export const variableOf = (text: string, name: string): string | undefined =>
  new RegExp(`^Environment=${name}=(.*)$`, 'm').exec(text)?.[1]?.replaceAll('%%', '%');

/** The secrets that a unit of ours names. */
export const credentialsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^LoadCredential=([a-z-]+):/gm)].map(([, name = '']) => name);
