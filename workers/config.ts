/** What a process is told by its environment. Read once, in the composition roots; nothing else looks at `process.env`. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { HostSettings } from '../contracts/host.ts';
import { Secret } from '../contracts/secret.ts';

const secret = z.string().transform((value) => new Secret(value));
const url = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/$/, ''));
const listen = z.string().regex(/^[^:]+:\d{1,5}$/, 'use HOST:PORT, such as 127.0.0.1:8080');
const flag = z.stringbool();

const Environment = z.object({
  LANDFALL_DATA_DIR: z.string().startsWith('/', 'use an absolute path'),
  LANDFALL_LISTEN: listen.default('127.0.0.1:8080'),
  LANDFALL_URL: url.optional().describe('How people and GitHub reach us. Default: what we listen on.'),
  LANDFALL_TOKENS_FILE: z.string().describe('Access tokens, one NAME:TOKEN a line.'),
  LANDFALL_HOST_TOKENS_FILE: z.string().optional().describe('Tokens of hosts that send logs, one NAME:TOKEN a line.'),
  LANDFALL_HOSTS_FILE: z.string().optional().describe('JSON array of the hosts that this process serves.'),
  LANDFALL_REGISTRY: z.string().regex(/^[a-z0-9.-]+(:\d{1,5})?(\/[a-z0-9._/-]+)?$/, 'use HOST[:PORT][/PREFIX]'),
  LANDFALL_REGISTRY_INSECURE: flag.optional().describe('Plain HTTP. Default: only at a loopback address.'),
  LANDFALL_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_API_KEY: secret.optional(),
  TEMPORAL_TLS: flag.optional(),
  TEMPORAL_TLS_CLIENT_CERT_PATH: z.string().optional(),
  TEMPORAL_TLS_CLIENT_KEY_PATH: z.string().optional(),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: z.string().optional(),
  DATABASE_URL: secret.optional(),
  GITHUB_API_URL: url.default('https://api.github.com'),
  GITHUB_APP_ID: z.coerce.number().int().positive(),
  GITHUB_APP_PRIVATE_KEY: secret.optional().describe('PEM, or base64 of it.'),
  GITHUB_APP_PRIVATE_KEY_FILE: z.string().optional(),
  GITHUB_WEBHOOK_SECRET: z.string().min(1, 'webhooks without a secret could be sent by anybody'),
});

/** @throws Error with one line for every variable that is missing or wrong. Values are never repeated. */
export function readConfig(env: Readonly<Record<string, string | undefined>>) {
  const parsed = Environment.safeParse(withoutEmpty(env));
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
    throw new Error(`Landfall cannot start; these settings are missing or wrong:\n${lines.join('\n')}`);
  }
  const set = parsed.data;
  const registryHost = set.LANDFALL_REGISTRY.split('/')[0] ?? '';
  return {
    dataDir: set.LANDFALL_DATA_DIR,
    listen: parseListen(set.LANDFALL_LISTEN),
    publicUrl: set.LANDFALL_URL,
    tokens: readTokens(set.LANDFALL_TOKENS_FILE),
    hostTokens: set.LANDFALL_HOST_TOKENS_FILE ? readTokens(set.LANDFALL_HOST_TOKENS_FILE) : [],
    hosts: set.LANDFALL_HOSTS_FILE ? readHosts(set.LANDFALL_HOSTS_FILE) : [],
    registry: {
      address: set.LANDFALL_REGISTRY,
      insecure: set.LANDFALL_REGISTRY_INSECURE ?? /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(registryHost),
    },
    logLevel: set.LANDFALL_LOG_LEVEL,
    temporal: {
      address: set.TEMPORAL_ADDRESS,
      namespace: set.TEMPORAL_NAMESPACE,
      apiKey: set.TEMPORAL_API_KEY,
      tls: set.TEMPORAL_TLS,
      clientCertPath: set.TEMPORAL_TLS_CLIENT_CERT_PATH,
      clientKeyPath: set.TEMPORAL_TLS_CLIENT_KEY_PATH,
      serverCaPath: set.TEMPORAL_TLS_SERVER_CA_CERT_PATH,
    },
    databaseUrl: set.DATABASE_URL,
    gitHub: { apiUrl: set.GITHUB_API_URL, appId: set.GITHUB_APP_ID, privateKey: privateKey(set) },
    webhookSecrets: set.GITHUB_WEBHOOK_SECRET.split(',').map((one) => new Secret(one.trim())),
  };
}

export type Config = ReturnType<typeof readConfig>;

/** `FOO=` in an environment file means "not set". */
function withoutEmpty(env: Readonly<Record<string, string | undefined>>) {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
}

function parseListen(text: string) {
  const at = text.lastIndexOf(':');
  return { hostname: text.slice(0, at), port: Number(text.slice(at + 1)) };
}

function privateKey(set: z.infer<typeof Environment>): Secret {
  if (set.GITHUB_APP_PRIVATE_KEY) return set.GITHUB_APP_PRIVATE_KEY;
  if (set.GITHUB_APP_PRIVATE_KEY_FILE) return new Secret(read(set.GITHUB_APP_PRIVATE_KEY_FILE, 'the GitHub App’s key'));
  throw new Error(
    'Landfall cannot start: set GITHUB_APP_PRIVATE_KEY_FILE (or GITHUB_APP_PRIVATE_KEY) to the key of the GitHub App.',
  );
}

function readHosts(path: string): readonly HostSettings[] {
  const parsed = z.array(HostSettings).safeParse(json(path));
  if (!parsed.success) throw new Error(`${path} is not a list of hosts: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function readTokens(path: string): readonly { readonly name: string; readonly token: Secret }[] {
  const lines = read(path, 'the access tokens')
    .split('\n')
    .map((line) => line.trim());
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line, index) => {
      const at = line.indexOf(':');
      const token = line.slice(at + 1);
      if (at < 1 || token.length < 16) {
        throw new Error(`${path}, entry ${index + 1}: use NAME:TOKEN with a token of at least 16 characters.`);
      }
      return { name: line.slice(0, at), token: new Secret(token) };
    });
}

function json(path: string): unknown {
  try {
    return JSON.parse(read(path, 'the hosts'));
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
