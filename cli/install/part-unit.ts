/**
 * A part beside Landfall as a unit of systemd, as text: an account of its own, nothing of the machine to write to but its
 * own folder, and started again whenever it ends (systemd.service(5), systemd.exec(5)).
 */
import { CliError } from '../cli-error.ts';
import type { PartName } from '../up/units.ts';
import { MARK, commandLine, path, word } from './unit-words.ts';

export interface PartUnit {
  readonly part: PartName;
  /** `landfall-….service`. */
  readonly unit: string;
  readonly description: string;
  /** The account that the program runs as; root gives up its rights by itself. */
  readonly user: string;
  readonly dataDir: string;
  /** The only folder of the data folder that it sees. */
  readonly folder: string;
  /** The program and its arguments, each a whole path or a plain word. */
  readonly command: readonly string[];
  /** Its secrets: name to file. */
  readonly credentials?: Readonly<Record<string, string>>;
  /** More lines of `[Service]`, ready to be written; system calls that are taken away follow those that are given. */
  readonly service: readonly string[];
  /** It listens on other addresses than this machine's own, and waits for them. */
  readonly isPublic?: boolean;
}

/** What no part needs. */
const HARDENING = [
  'NoNewPrivileges=yes',
  'ProtectSystem=strict',
  'ProtectHome=yes',
  'PrivateTmp=yes',
  'PrivateDevices=yes',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'ProtectProc=invisible',
  'RemoveIPC=yes',
  'LockPersonality=yes',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service',
  'SystemCallErrorNumber=EPERM',
  'UMask=0077',
] as const;

/** @throws CliError for a path that a unit cannot hold, or a data folder with a colon, which parts paths there */
export function partUnitText(options: PartUnit): string {
  const { unit, description, user, dataDir, folder, command, credentials = {}, service, isPublic = false } = options;
  const network = isPublic ? 'network-online.target' : 'network.target';
  return `${MARK}
# More of your own: systemctl edit ${unit.replace(/[.]service$/, '')}

[Unit]
Description=${description}
${isPublic ? `Wants=${network}\n` : ''}After=${network}
RequiresMountsFor=${word(folder)}
StartLimitIntervalSec=0

[Service]
Type=exec
User=${user}
ExecStart=${commandLine(command)}
${Object.entries(credentials)
  .map(([name, file]) => `LoadCredential=${name}:${path(file)}\n`)
  .join('')}# Of the data folder it sees its own part alone.
TemporaryFileSystem=${bound(dataDir)}:ro
BindPaths=${bound(folder)}
Restart=always
RestartSec=1

${[...HARDENING, ...service].join('\n')}

[Install]
WantedBy=multi-user.target
`;
}

function bound(folder: string): string {
  if (!folder.includes(':')) return word(folder);
  throw new CliError('Write the unit', `the path ${JSON.stringify(folder)} holds a colon`, 'Choose another one.');
}
