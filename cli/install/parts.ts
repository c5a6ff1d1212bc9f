/**
 * The parts that units of their own run beside Landfall: PostgreSQL, Temporal, the registry and HAProxy, each unless a
 * setting names another one. They are started from the same arguments and files as `landfall up` starts them from.
 */
import { basename, dirname, join } from 'node:path';
import { find, where } from '../../infra/dev/locate.ts';
import { DATABASE_ACCOUNT } from '../../infra/dev/postgres/account.ts';
import { majorOf } from '../../infra/dev/postgres/data-folder.ts';
import { copiedProgramsBin } from '../../infra/dev/postgres/programs.ts';
import { postgresPlan } from '../../infra/dev/postgres/server.ts';
import { filesFor } from '../../infra/dev/proxy-config.ts';
import { proxyPlan } from '../../infra/dev/proxy.ts';
import { registryPlan } from '../../infra/dev/registry.ts';
import { temporalArguments } from '../../infra/dev/temporal.ts';
import { CliError, errorText } from '../cli-error.ts';
import { proxySettings } from '../up/proxy-settings.ts';
import { unitsFile, unitsText, type PartName, type Units } from '../up/units.ts';
import type { UnitSettings } from './credentials.ts';
import type { WantedFile } from './installed.ts';
import type { PartUnit } from './part-unit.ts';
import { commandLine, path } from './unit-words.ts';

export interface UnitPorts {
  readonly temporal: number;
  readonly temporalUi: number;
  readonly registry: number;
}

export interface PartsWanted {
  readonly dataDir: string;
  readonly settings: UnitSettings;
  readonly ports: UnitPorts;
  readonly credentialsDir: string;
  /** The folder in which systemd shows a unit its credentials, in a folder of the unit's name. */
  readonly credentialsHome?: string;
  /** The account of the proxy's processes that carry traffic. */
  readonly proxyAccount?: string;
}

/** systemd.exec(5), "Credentials": for units of the system. */
const CREDENTIALS_HOME = '/run/credentials';

export interface UnitPart extends PartUnit {
  /** The account that it needs, and the account's comment. */
  readonly account: readonly [name: string, comment: string];
  /** The folder below `folder` that belongs to the account with all that is in it, if the account writes any. */
  readonly owns?: string;
  /** Files that it is started from; a change of one restarts it, or reloads it. */
  readonly files: readonly WantedFile[];
  /** Loopback ports that have to be free, with what each is for and the option for another one. */
  readonly listens: readonly { readonly port: number; readonly what: string; readonly option: string }[];
  /** Landfall's setting that names it. */
  readonly environment: Readonly<Record<string, string>>;
}

export const UNIT_OF = {
  database: 'landfall-postgres.service',
  temporal: 'landfall-temporal.service',
  registry: 'landfall-registry.service',
  proxy: 'landfall-proxy.service',
} as const satisfies Record<PartName, string>;

/** In the order of their start. Changes nothing. @throws CliError that names a missing program */
export async function wantedParts(wanted: PartsWanted): Promise<readonly UnitPart[]> {
  const { plain, secrets } = wanted.settings;
  try {
    return [
      ...(secrets.has('database-url') ? [] : [await database(wanted)]),
      ...('TEMPORAL_ADDRESS' in plain ? [] : [temporal(wanted)]),
      ...('LANDFALL_REGISTRY' in plain ? [] : [registry(wanted)]),
      // Without HAProxy one can deploy with the strategy `recreate`; `landfall doctor` says so.
      ...('LANDFALL_HOSTS_FILE' in plain || 'LANDFALL_PROXY_DIR' in plain || find('haproxy') === undefined
        ? []
        : [proxy(wanted)]),
    ];
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError('Plan the units', errorText(error), 'Then run the command again.', { cause: error });
  }
}

/** Says in the data folder which units run what of it. */
export const unitsNote = (dataDir: string, parts: readonly UnitPart[]): WantedFile => ({
  path: unitsFile(dataDir),
  text: unitsText(Object.fromEntries(parts.map(({ part, unit }) => [part, unit])) as Units),
  mode: 0o600,
  folderMode: 0o700,
});

const NO_CAPABILITIES = ['CapabilityBoundingSet=', 'SystemCallFilter=~@privileged @resources'] as const;
/** Only this machine's own programs reach it, and it reaches only them. */
const LOOPBACK = [
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6',
  'IPAddressDeny=any',
  'IPAddressAllow=localhost',
] as const;

async function database({ dataDir, settings: { plain } }: PartsWanted): Promise<UnitPart> {
  const folder = join(dataDir, 'postgres');
  const { url, args, data, locks } = postgresPlan(folder);
  const bin = await copiedProgramsBin({
    bin: plain['LANDFALL_POSTGRES_BIN'],
    major: majorOf(data),
    copyTo: folder,
  });
  return {
    ...own('database', dataDir, folder, [DATABASE_ACCOUNT, 'Database of Landfall']),
    description: 'PostgreSQL of Landfall',
    command: [join(bin, 'postgres'), ...args],
    service: [
      // PostgreSQL removes the lock files of a server that is gone, but not those that a power cut left empty.
      ...locks.map((lock) => `ExecStartPre=-${commandLine(emptyFileRemoval(lock))}`),
      `WorkingDirectory=${path(data)}`,
      'Environment=LC_ALL=C',
      '# Its fast shutdown (postgres(1)): sessions are ended, not waited for.',
      'KillMode=mixed',
      'KillSignal=SIGINT',
      'TimeoutStopSec=60',
      'OOMScoreAdjust=-500',
      ...NO_CAPABILITIES,
      '# It listens on a socket in its folder, and has no network at all.',
      'PrivateNetwork=yes',
      'RestrictAddressFamilies=AF_UNIX',
      'MemoryDenyWriteExecute=yes',
    ],
    files: [],
    listens: [],
    environment: { DATABASE_URL: url },
  };
}

const emptyFileRemoval = (file: string): readonly string[] => [
  ...['/usr/bin/find', dirname(file), '-maxdepth', '1'],
  ...['-name', basename(file), '-empty', '-delete'],
];

function temporal({ dataDir, ports }: PartsWanted): UnitPart {
  const folder = join(dataDir, 'temporal');
  return {
    ...own('temporal', dataDir, folder, ['landfall-temporal', 'Temporal of Landfall']),
    description: 'Temporal of Landfall',
    command: [where('temporal'), ...temporalArguments({ port: ports.temporal, uiPort: ports.temporalUi, dir: folder })],
    owns: folder,
    service: ['TimeoutStopSec=30', ...NO_CAPABILITIES, ...LOOPBACK, 'PrivateUsers=yes', 'MemoryDenyWriteExecute=yes'],
    files: [],
    listens: [
      {
        port: ports.temporal,
        what: 'Temporal',
        option: '--temporal-port (or give a running one with TEMPORAL_ADDRESS)',
      },
      { port: ports.temporalUi, what: "Temporal's pages", option: '--temporal-ui-port' },
    ],
    environment: { TEMPORAL_ADDRESS: `127.0.0.1:${String(ports.temporal)}` },
  };
}

/** The name of the credential with the passwords' hashes, and of its file. */
export const REGISTRY_PASSWORDS = 'registry-htpasswd';

function registry({ dataDir, ports, credentialsDir, credentialsHome = CREDENTIALS_HOME }: PartsWanted): UnitPart {
  const folder = join(dataDir, 'registry');
  const passwords = join(credentialsHome, UNIT_OF.registry, REGISTRY_PASSWORDS);
  const { address, args, configFile, configuration, images } = registryPlan({
    dir: folder,
    port: ports.registry,
    passwords,
  });
  return {
    ...own('registry', dataDir, folder, ['landfall-registry', 'Image registry of Landfall']),
    description: 'Image registry of Landfall',
    command: [where('registry'), ...args],
    credentials: { [REGISTRY_PASSWORDS]: join(credentialsDir, REGISTRY_PASSWORDS) },
    owns: images,
    service: [
      '# It finishes what it has begun.',
      'TimeoutStopSec=60',
      ...NO_CAPABILITIES,
      ...LOOPBACK,
      'PrivateUsers=yes',
      'MemoryDenyWriteExecute=yes',
    ],
    files: [{ path: configFile, text: configuration, mode: 0o644, folderMode: 0o755 }],
    listens: [
      {
        port: ports.registry,
        what: 'the registry',
        option: '--registry-port (or give a running one with LANDFALL_REGISTRY)',
      },
    ],
    environment: { LANDFALL_REGISTRY: address },
  };
}

const PROXY_ACCOUNT = 'landfall-proxy';
const USUAL_FILES = 65_536;

function proxy({ dataDir, settings: { plain }, proxyAccount = PROXY_ACCOUNT }: PartsWanted): UnitPart {
  const folder = join(dataDir, 'proxy');
  const { limits } = proxySettings((name) => plain[name], undefined);
  const openFiles = Math.max(USUAL_FILES, filesFor(limits.maxConnections ?? 0));
  const { args, baseFile, base } = proxyPlan(folder, limits, { openFiles, account: proxyAccount });
  return {
    ...own('proxy', dataDir, folder, [PROXY_ACCOUNT, 'Reverse proxy of Landfall']),
    description: 'HAProxy of Landfall',
    // The master reads certificates, which only root may, and opens ports; what carries traffic has the account.
    user: 'root',
    command: [where('haproxy'), ...args],
    isPublic: true,
    service: [
      `LimitNOFILE=${String(openFiles)}`,
      'ExecReload=/bin/kill -USR2 $MAINPID',
      'KillMode=mixed',
      'TimeoutStopSec=30',
      'OOMScoreAdjust=-500',
      'CapabilityBoundingSet=CAP_CHOWN CAP_KILL CAP_NET_BIND_SERVICE CAP_SETGID CAP_SETUID',
      'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6',
    ],
    files: [{ path: baseFile, text: base, mode: 0o644, folderMode: 0o755 }],
    listens: [],
    environment: { LANDFALL_PROXY_DIR: folder },
  };
}

const own = (part: PartName, dataDir: string, folder: string, account: UnitPart['account']) => ({
  ...{ part, unit: UNIT_OF[part], user: account[0], dataDir, folder, account },
});
