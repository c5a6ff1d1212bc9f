/** Landfall's unit for systemd, as text (systemd.unit(5), systemd.service(5), systemd.exec(5)). */
import { CliError } from '../cli-error.ts';
import { CREDENTIALS, type CredentialName } from './credentials.ts';

export const UNIT = 'landfall.service';
/** Podman's own unit, which serves the API of root's Podman (podman-system-service(1)). */
export const PODMAN_UNIT = 'podman.socket';
const PODMAN_SOCKET = '/run/podman/podman.sock';
/** Begins every unit that this program wrote, and no other. */
const MARK = '# Written by `landfall install --system`, which replaces it.';

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
}

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
  const { program, dataDir, environmentFile, credentialsDir, credentials, runsServices } = options;
  const command = [
    ...program,
    'up',
    '--data-dir',
    dataDir,
    ...(runsServices ? ['--podman-socket', PODMAN_SOCKET] : []),
  ];
  const needs = ['network-online.target', ...(runsServices ? [PODMAN_UNIT] : [])].join(' ');
  const given = CREDENTIALS.filter(({ name }) => credentials.includes(name));
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
ExecStart=${command.map(argument).join(' ')}
EnvironmentFile=${path(environmentFile)}
${given.map(({ name }) => `LoadCredential=${name}:${path(`${credentialsDir}/${name}`)}\n`).join('')}${given
    .map(({ name, fileVariable }) => `Environment=${fileVariable}=%d/${name}\n`)
    .join('')}# The proxy and the registry carry traffic, and go on when Landfall stops.
KillMode=process
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

export const isOurUnit = (text: string): boolean => text.startsWith(MARK);

/** The data folder that a unit of ours names. */
export function dataDirOf(text: string): string | undefined {
  const [, quoted, bare] = /^RequiresMountsFor=(?:"(.*)"|(.*))$/m.exec(text) ?? [];
  return (quoted ?? bare)?.replaceAll('%%', '%');
}

/** The secrets that a unit of ours names. */
export const credentialsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^LoadCredential=([a-z-]+):/gm)].map(([, name = '']) => name);

/** `%` begins a specifier everywhere (systemd.unit(5)). */
const path = (text: string): string => plain(text).replaceAll('%', '%%');

function word(text: string): string {
  const escaped = path(text);
  return escaped.includes(' ') ? `"${escaped}"` : escaped;
}

/** `$` begins a variable in commands only. */
const argument = (text: string): string => word(text).replaceAll('$', '$$$$');

function plain(text: string): string {
  if (/^[^\p{Cc}"'\\;]+$/u.test(text)) return text;
  throw new CliError(
    'Write the unit',
    `the path ${JSON.stringify(text)} holds what a unit does not (quotes, backslashes, semicolons or control characters)`,
    'Choose another one.',
  );
}
