/** The settings of `landfall up`, from its options and environment, checked before anything is started. */
import { join } from 'node:path';
import type { Tuning } from '../../infra/runtime-tuning/tuning.mjs';
import { isName } from '../../contracts/core/names.ts';
import { firstPart } from '../../contracts/core/text.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { addressFile, dataDir, tokensFile } from '../data-dir.ts';
import { plainText } from '../show/plain.ts';
import { tuningOf } from '../runtime-tuning.ts';
import { secretInFile } from '../secret-files.ts';
import { believed, ownName } from './own-name.ts';
import { isGiven, podmanSocket } from './podman-socket.ts';
import { proxySettings, type UpProxy } from './proxy-settings.ts';
import { publicSettings, type PublicOptions, type UpPublic } from './public-settings.ts';

export interface UpOptions extends PublicOptions {
  readonly dataDir?: string;
  readonly listen: string;
  readonly podmanSocket?: string;
  readonly buildPodmanSocket?: string;
  readonly temporalPort: number;
  readonly temporalUiPort: number;
  readonly registryPort: number;
}

export interface UpSettings {
  readonly dir: string;
  readonly listen: string;
  /** Landfall's address on this machine. */
  readonly listenUrl: string;
  /** Landfall's address for people and GitHub. */
  readonly publicUrl: string;
  readonly tokensFile: string;
  readonly addressFile: string;
  readonly podmanSocket: string;
  /** A given Podman is asked as it is; without one, and where this user's own serves no API, one is started here. */
  readonly podmanIsGiven: boolean;
  /** The settings of this user's Podman, for the API that is started here. */
  readonly podmanEnv: Readonly<Record<string, string>>;
  /** A given one builds; otherwise that of the account for builds, or the other one. */
  readonly buildPodmanSocket: string | undefined;
  /** Given ones are used; the others are started here. */
  readonly temporalAddress: string | undefined;
  readonly registryAddress: string | undefined;
  readonly databaseUrl: string | undefined;
  /** The folder with PostgreSQL's programs, for the database that is started here. */
  readonly postgresBin: string | undefined;
  readonly hostsFile: string | undefined;
  /** This machine's name as a host, where no file has its hosts. */
  readonly host: string;
  /** The folder of a proxy that another program runs. */
  readonly proxyDir: string | undefined;
  /** Settings of the proxy that is started here. */
  readonly proxy: UpProxy;
  /** The ports for the web that it opens; without them no service has a name. */
  readonly web: UpPublic | undefined;
  readonly ports: { readonly temporal: number; readonly temporalUi: number; readonly registry: number };
  /** Node's options for Landfall. */
  readonly tuning: Tuning;
  /** Handed on to Landfall as they are. */
  readonly handedOn: Readonly<Record<string, string>>;
}

const HANDED_ON = [
  'GITHUB_API_URL',
  'GITHUB_APP_ID',
  'GITHUB_APP_PRIVATE_KEY',
  'GITHUB_APP_PRIVATE_KEY_FILE',
  'GITHUB_WEBHOOK_SECRET',
  'GITHUB_WEBHOOK_SECRET_FILE',
  'LANDFALL_CLUSTERS_FILE',
  'LANDFALL_DEPLOY_SECRETS_FILE',
  'LANDFALL_DEPLOY_PLAIN',
  'LANDFALL_HOST_TOKENS_FILE',
  'LANDFALL_LOG_LEVEL',
  'LANDFALL_MAX_PREVIEWS',
  'LANDFALL_REGISTRY_AUTH_FILE',
  'LANDFALL_REGISTRY_INSECURE',
  'LANDFALL_SECRETS_KEY_FILE',
  'LANDFALL_TAKE_HOST',
  'LANDFALL_REHEARSAL',
  'LANDFALL_REPAIR_EVERY',
  'LANDFALL_WATCH_EVERY',
  'LANDFALL_ACME_AGREE',
  'LANDFALL_ACME_EMAIL',
  'LANDFALL_ACME_DIRECTORY',
  'LANDFALL_ACME_CA_FILE',
  'LANDFALL_ACME_EAB_KEY_ID',
  'LANDFALL_ACME_EAB_KEY_FILE',
  'LANDFALL_ACME_RESOLVERS',
  'LANDFALL_ACME_HTTP_PORT',
  'LANDFALL_ACME_CHECK',
  'LANDFALL_KEEP_AUDIT',
  'LANDFALL_KEEP_DELIVERIES',
  'LANDFALL_TRUSTED_PROXIES',
  'LANDFALL_PRIVATE_SOURCES',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_API_KEY',
  'TEMPORAL_TLS',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
] as const;

/** Every variable that `landfall up` reads. */
export const UP_VARIABLES = [
  ...HANDED_ON,
  'CONTAINER_HOST',
  'CONTAINERS_CONF',
  'CONTAINERS_REGISTRIES_CONF',
  'CONTAINERS_STORAGE_CONF',
  'DATABASE_URL',
  'DATABASE_URL_FILE',
  'LANDFALL_BUILD_PODMAN_SOCKET',
  'LANDFALL_DATA_DIR',
  'LANDFALL_HOST',
  'LANDFALL_HOSTS_FILE',
  'LANDFALL_LISTEN',
  'LANDFALL_POSTGRES_BIN',
  'LANDFALL_PUBLIC_ADDRESS',
  'LANDFALL_PUBLIC_HTTP_PORT',
  'LANDFALL_PUBLIC_HTTPS_PORT',
  'LANDFALL_PROXY_CONNECTIONS_PER_CLIENT',
  'LANDFALL_PROXY_DIR',
  'LANDFALL_PROXY_MAX_CONNECTIONS',
  'LANDFALL_PROXY_RELOAD_PATIENCE',
  'LANDFALL_PROXY_TIMEOUT_CLIENT',
  'LANDFALL_PROXY_TIMEOUT_REQUEST',
  'LANDFALL_PROXY_TIMEOUT_SERVER',
  'LANDFALL_PROXY_TIMEOUT_TUNNEL',
  'LANDFALL_REGISTRY',
  'LANDFALL_RUNTIME_TUNING',
  'LANDFALL_TOKENS_FILE',
  'LANDFALL_TOOLS_DIR',
  'LANDFALL_URL',
  'TEMPORAL_ADDRESS',
  'TEMPORAL_API_KEY_FILE',
] as const;

/** @throws CliError that names everything that is missing, at once. */
export function readSettings(context: CommandContext, options: UpOptions): UpSettings {
  const { env } = context;
  const given = (name: string) => env[name] || secretInFile(env, name);
  refuseWithoutGitHub(given);
  const dir = dataDir(context, options.dataDir);
  refuseLongFolder(dir);
  const listen = given('LANDFALL_LISTEN') ?? options.listen;
  const listenUrl = listenUrlOf(listen);
  const publicUrl = given('LANDFALL_URL') ?? listenUrl;
  const web = publicSettings(given, options, given('LANDFALL_HOSTS_FILE'));
  const own = web && ownName(publicUrl, listen);
  const trusted = believed(given('LANDFALL_TRUSTED_PROXIES'), own);
  return {
    dir,
    listen,
    listenUrl,
    publicUrl,
    tokensFile: given('LANDFALL_TOKENS_FILE') ?? tokensFile(dir),
    addressFile: addressFile(dir),
    podmanSocket: podmanSocket(context, options.podmanSocket),
    podmanIsGiven: isGiven(context, options.podmanSocket),
    podmanEnv: pick(given, PODMAN_OWN),
    buildPodmanSocket: options.buildPodmanSocket ?? given('LANDFALL_BUILD_PODMAN_SOCKET'),
    temporalAddress: given('TEMPORAL_ADDRESS'),
    registryAddress: given('LANDFALL_REGISTRY'),
    databaseUrl: given('DATABASE_URL'),
    postgresBin: given('LANDFALL_POSTGRES_BIN'),
    hostsFile: given('LANDFALL_HOSTS_FILE'),
    host: hostOf(given('LANDFALL_HOST')),
    proxyDir: given('LANDFALL_PROXY_DIR'),
    proxy: proxySettings(given, given('LANDFALL_HOSTS_FILE')),
    web: web && { ...web, ...(own && { landfall: own }) },
    ports: { temporal: options.temporalPort, temporalUi: options.temporalUiPort, registry: options.registryPort },
    tuning: tuningOf(env, join(dir, 'landfall', 'cache', 'compiled')),
    handedOn: { ...pick(given, HANDED_ON), ...(trusted !== undefined && { LANDFALL_TRUSTED_PROXIES: trusted }) },
  };
}

type Given = (name: string) => string | undefined;

const pick = (given: Given, names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.flatMap((name) => (given(name) === undefined ? [] : [[name, given(name) ?? '']])));

/**
 * Where Podman's settings and storage are (containers.conf(5), containers-storage.conf(5), containers-registries.conf(5);
 * without root below the folders of the XDG Base Directory Specification).
 */
const PODMAN_OWN = [
  'CONTAINERS_CONF',
  'CONTAINERS_CONF_OVERRIDE',
  'CONTAINERS_STORAGE_CONF',
  'CONTAINERS_REGISTRIES_CONF',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
] as const;

/** sun_path of unix(7) has 107 characters, some of which HAProxy and the names of its sockets need. */
const MAX_DIR = 80;

function refuseLongFolder(dir: string): void {
  if (Buffer.byteLength(dir) <= MAX_DIR) return;
  throw new CliError(
    `Use ${dir}`,
    `its name is too long for the sockets in it (${String(MAX_DIR)} characters at most)`,
    'Choose a shorter one with --data-dir.',
  );
}

function hostOf(name = 'local'): string {
  if (isName(name)) return name;
  throw new CliError(
    "Read this machine's name as a host",
    `LANDFALL_HOST is no name: ${firstPart(plainText(name), 60)}`,
    'Use lower-case letters, digits and dashes, such as web-1.',
  );
}

function refuseWithoutGitHub(given: (name: string) => string | undefined): void {
  const missing = ['GITHUB_APP_ID'].filter((name) => given(name) === undefined);
  if (given('GITHUB_WEBHOOK_SECRET') === undefined && given('GITHUB_WEBHOOK_SECRET_FILE') === undefined) {
    missing.push('GITHUB_WEBHOOK_SECRET');
  }
  if (given('GITHUB_APP_PRIVATE_KEY') === undefined && given('GITHUB_APP_PRIVATE_KEY_FILE') === undefined) {
    missing.push('GITHUB_APP_PRIVATE_KEY_FILE');
  }
  if (missing.length === 0) return;
  throw new CliError(
    'Start Landfall',
    `it does not know its GitHub App: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set`,
    'Set them in the environment (a new App: https://github.com/settings/apps/new). To see Landfall without GitHub, run `landfall demo`.',
  );
}

/** `127.0.0.1:8080`, `[::1]:8080` → `http://…`; an address that means "all" is reached by the loopback one. */
export function listenUrlOf(listen: string): string {
  const match = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(listen);
  const port = Number(match?.[2]);
  if (!match?.[1] || port < 1 || port > 65_535) {
    throw new CliError(
      'Read the address to listen on',
      `"${listen}" is not HOST:PORT`,
      'Use one such as 127.0.0.1:8080.',
    );
  }
  const host = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' }[match[1]] ?? match[1];
  return `http://${host}:${String(port)}`;
}

/** The environment of workers/standalone.ts. */
export function landfallEnv(
  settings: UpSettings,
  found: {
    readonly databaseUrl: string;
    readonly temporalAddress: string;
    readonly registry: string;
    readonly hostsFile: string;
    readonly authFile: string | undefined;
  },
): Record<string, string> {
  const dataDir = join(settings.dir, 'landfall');
  return {
    ...settings.handedOn,
    DATABASE_URL: found.databaseUrl,
    LANDFALL_DATA_DIR: dataDir,
    LANDFALL_LISTEN: settings.listen,
    LANDFALL_URL: settings.publicUrl,
    LANDFALL_TOKENS_FILE: settings.tokensFile,
    LANDFALL_HOSTS_FILE: found.hostsFile,
    LANDFALL_REGISTRY: found.registry,
    ...authFiles(found.authFile, settings.handedOn['LANDFALL_REGISTRY_AUTH_FILE']),
    TEMPORAL_ADDRESS: found.temporalAddress,
  };
}

/** A given file may name other registries, for base images. */
function authFiles(own: string | undefined, given: string | undefined): Record<string, string> {
  const files = [own, given].filter((file) => file !== undefined);
  return files.length === 0 ? {} : { LANDFALL_REGISTRY_AUTH_FILE: files.join(',') };
}
