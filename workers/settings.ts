/** Reads, checks and refuses the settings that the processes' environments share. */
import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import type { PrivateSources } from '../activities/source/addresses.ts';
import { readLogins, type RegistryLogins } from '../activities/registry/logins.ts';
import { ClusterSettings } from '../contracts/config/cluster.ts';
import { HostSettings } from '../contracts/config/host.ts';
import { suggestKeys } from '../contracts/core/known-keys.ts';
import { problemsSentence, schemaProblems } from '../contracts/core/schema-problems.ts';
import { isName } from '../contracts/core/names.ts';
import { Secret } from '../contracts/core/secret.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export const secretSetting = z.string().transform((value) => new Secret(value));
export const url = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/$/, ''));
export const flag = z.stringbool();

/** Names, addresses and networks, such as `git.internal, 10.1.0.0/16`. */
const privateSources = z.string().transform((text, c): PrivateSources => {
  const hosts = new Set<string>();
  const networks = new BlockList();
  for (const one of text.split(',').map((part) => part.trim().toLowerCase())) {
    if (addNetwork(networks, one)) continue;
    if (!/^[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?$/.test(one)) {
      c.addIssue('use names, addresses or networks, separated by commas, such as git.internal, 10.1.0.0/16');
      return z.NEVER;
    }
    hosts.add(one);
  }
  return { hosts, networks };
});

/** @returns `false` for what is neither an address nor a network, such as `10.0.0.0/8` */
export function addNetwork(list: BlockList, text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  const family = isIP(address);
  const most = family === 6 ? 128 : 32;
  const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (family === 0 || more !== undefined || prefix < 0 || prefix > most) return false;
  list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
  return true;
}

/** Settings that every process of ours needs. */
export const sharedFields = {
  LANDFALL_HOSTS_FILE: z.string().optional().describe('JSON array of hosts.'),
  LANDFALL_CLUSTERS_FILE: z.string().optional().describe('JSON array of clusters.'),
  LANDFALL_REGISTRY: z.string().regex(/^[a-z0-9.-]+(:\d{1,5})?(\/[a-z0-9._/-]+)?$/, 'use HOST[:PORT][/PREFIX]'),
  LANDFALL_REGISTRY_INSECURE: flag.optional().describe('Plain HTTP. Default: only at a loopback address.'),
  LANDFALL_REGISTRY_AUTH_FILE: z
    .string()
    .optional()
    .describe(
      'Passwords of registries, as "podman login --authfile" writes them; several files are separated by commas.',
    ),
  LANDFALL_TAKE_HOST: z
    .string()
    .transform((text) => text.split(',').map((one) => one.trim()))
    .default([])
    .describe('Hosts (NAME) and clusters (cluster/NAME) that this process takes from another one, for one start.'),
  LANDFALL_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_API_KEY: secretSetting.optional(),
  TEMPORAL_TLS: flag.optional(),
  TEMPORAL_TLS_CLIENT_CERT_PATH: z.string().optional(),
  TEMPORAL_TLS_CLIENT_KEY_PATH: z.string().optional(),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: z.string().optional(),
  LANDFALL_PRIVATE_SOURCES: privateSources
    .default({ hosts: new Set(), networks: new BlockList() })
    .describe('Hosts and networks whose repositories may be fetched by URL although they are private, or without TLS.'),
  GITHUB_API_URL: url.default('https://api.github.com'),
  GITHUB_APP_PRIVATE_KEY: secretSetting.optional().describe('PEM, or base64 of it.'),
  GITHUB_APP_PRIVATE_KEY_FILE: z.string().optional(),
} as const;

type Shared = z.infer<z.ZodObject<typeof sharedFields>>;

const START = 'Landfall cannot start';

/**
 * @param attempt - begins the error's sentence
 * @throws Error with one line for every variable that is missing or wrong. Values are never repeated.
 */
export function parseEnv<T extends z.ZodType>(schema: T, env: Env, attempt = START): z.infer<T> {
  // `FOO=` in an environment file means "not set".
  const parsed = schema.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')));
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new Error(`${attempt}; these settings are missing or wrong:\n${lines.join('\n')}`);
}

export function sharedConfig(set: Shared) {
  const registryHost = set.LANDFALL_REGISTRY.split('/')[0] ?? '';
  return {
    registry: {
      address: set.LANDFALL_REGISTRY,
      insecure: set.LANDFALL_REGISTRY_INSECURE ?? /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(registryHost),
      ...(set.LANDFALL_REGISTRY_AUTH_FILE && { logins: registryLogins(set.LANDFALL_REGISTRY_AUTH_FILE) }),
    },
    takesHosts: set.LANDFALL_TAKE_HOST,
    logLevel: set.LANDFALL_LOG_LEVEL,
    privateSources: set.LANDFALL_PRIVATE_SOURCES,
    temporal: {
      address: set.TEMPORAL_ADDRESS,
      namespace: set.TEMPORAL_NAMESPACE,
      apiKey: set.TEMPORAL_API_KEY,
      tls: set.TEMPORAL_TLS,
      clientCertPath: set.TEMPORAL_TLS_CLIENT_CERT_PATH,
      clientKeyPath: set.TEMPORAL_TLS_CLIENT_KEY_PATH,
      serverCaPath: set.TEMPORAL_TLS_SERVER_CA_CERT_PATH,
    },
  };
}

/** @throws Error that names the file */
function registryLogins(files: string): RegistryLogins {
  try {
    return readLogins(files.split(',').map((path) => path.trim()));
  } catch (error) {
    throw new Error(`${START}: LANDFALL_REGISTRY_AUTH_FILE: ${(error as Error).message}`);
  }
}

export type TemporalConfig = ReturnType<typeof sharedConfig>['temporal'];

/**
 * @param attempt - begins the error's sentence
 * @throws Error when there is none
 */
export function privateKey(
  set: Pick<Shared, 'GITHUB_APP_PRIVATE_KEY' | 'GITHUB_APP_PRIVATE_KEY_FILE'>,
  attempt = START,
): Secret {
  if (set.GITHUB_APP_PRIVATE_KEY) return set.GITHUB_APP_PRIVATE_KEY;
  if (set.GITHUB_APP_PRIVATE_KEY_FILE) return new Secret(read(set.GITHUB_APP_PRIVATE_KEY_FILE, 'the GitHub App’s key'));
  throw new Error(
    `${attempt}: set GITHUB_APP_PRIVATE_KEY_FILE (or GITHUB_APP_PRIVATE_KEY) to the key of the GitHub App.`,
  );
}

/** @throws Error that names all that is wrong: it cannot be read, is no list of hosts, or gives one name to two */
export const readHosts = (path: string): readonly HostSettings[] => readPlaces(path, 'host', HostSettings);

/** Like {@link readHosts}. Files that it names are read when they are needed. @throws Error */
export const readClusters = (path: string): readonly ClusterSettings[] => readPlaces(path, 'cluster', ClusterSettings);

function readPlaces<T extends { readonly name: string }>(path: string, noun: string, one: z.ZodType<T>): readonly T[] {
  const schema = z.array(one);
  const parsed = schema.safeParse(json(path, `the ${noun}s`));
  if (!parsed.success) {
    const problems = suggestKeys(schemaProblems(parsed.error.issues), schema);
    throw new Error(`${path} is not a list of ${noun}s: ${problemsSentence(problems)}`);
  }
  const names = parsed.data.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`${path} names the ${noun} ${twice} twice: give each a name of its own.`);
  return parsed.data;
}

/**
 * Secrets, one a line.
 *
 * @throws Error naming the line that is wrong, and never what it says
 */
export function readSecretLines(path: string, minLength: number): readonly Secret[] {
  const lines = read(path, 'the secrets')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.map((line, index) => {
    if (line.length >= minLength) return new Secret(line);
    throw new Error(`${path}, entry ${index + 1}: use a secret of at least ${minLength} characters.`);
  });
}

/** Tokens are compared online, so they can only be guessed online: this length is enough. */
const MIN_TOKEN = 32;
/** A key of signatures, which CI systems may have made themselves. */
const MIN_DEPLOY_SECRET = 16;

/** @throws Error naming the entry that is wrong, and never what it says */
export function readTokens(
  path: string,
  minLength = MIN_TOKEN,
): readonly { readonly name: string; readonly token: Secret }[] {
  const lines = read(path, 'the access tokens')
    .split('\n')
    .map((line) => line.trim());
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line, index) => {
      const at = line.indexOf(':');
      const token = line.slice(at + 1);
      if (at < 1 || token.length < minLength) {
        throw new Error(
          `${path}, entry ${index + 1}: use NAME:TOKEN with a token of at least ${minLength} characters.`,
        );
      }
      return { name: line.slice(0, at), token: new Secret(token) };
    });
}

/** Like {@link readTokens}; the names become part of workflow ids. @throws Error */
export function readDeploySecrets(path: string): readonly { readonly name: string; readonly secret: Secret }[] {
  return readTokens(path, MIN_DEPLOY_SECRET).map(({ name, token }, index) => {
    if (isName(name)) return { name, secret: token };
    throw new Error(
      `${path}, entry ${index + 1}: the name may hold lower-case letters, digits and dashes, 40 at most.`,
    );
  });
}

function json(path: string, what: string): unknown {
  try {
    return JSON.parse(read(path, what));
  } catch (error) {
    throw new Error(`${path} is not JSON.`, { cause: error });
  }
}

function read(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`Could not read ${what} from ${path}: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}.`);
  }
}
