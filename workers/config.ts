/**
 * The environment of `standalone.ts`. It is read once, in the composition root; nothing else looks at `process.env`.
 */
import { BlockList } from 'node:net';
import { z } from 'zod';
import { parseDuration } from '../contracts/core/duration.ts';
import { LEAST_AUDIT_MS, LEAST_DELIVERIES_MS, parseRetention, retentionWords } from '../contracts/config/retention.ts';
import { Secret } from '../contracts/core/secret.ts';
import { acmeFields, acmeSettings } from './acme-settings.ts';
import {
  addNetwork,
  flag,
  parseEnv,
  privateKey,
  readClusters,
  readDeploySecrets,
  readHosts,
  readSecretLines,
  readTokens,
  secretSetting,
  sharedConfig,
  sharedFields,
  url,
  type Env,
} from './settings.ts';

const listen = z.string().regex(/^[^:]+:\d{1,5}$/, 'use HOST:PORT, such as 127.0.0.1:8080');

const DAY_MS = 86_400_000;

const every = z.string().transform((text, c) => {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 1_000) return ms;
  c.addIssue('use a duration of a second or more, such as 1m');
  return z.NEVER;
});

const kept = (leastMs: number) =>
  z.string().transform((text, c) => {
    const ms = parseRetention(text, leastMs);
    if (ms !== undefined) return ms;
    c.addIssue(retentionWords(leastMs));
    return z.NEVER;
  });

/** A guessed secret forges deliveries in GitHub's name, and one recorded delivery is enough to try guesses offline. */
const MIN_WEBHOOK_SECRET = 16;

/** Several are separated by commas; one with a comma in it stands in a file. */
const webhookSecrets = z
  .string()
  .transform((text) => text.split(',').map((one) => new Secret(one.trim())))
  .refine((secrets) => secrets.every((one) => one.reveal() !== ''), {
    error: 'one of the secrets is empty: separate them by single commas, with none at either end',
    abort: true,
  })
  .refine((secrets) => secrets.every((one) => one.reveal().length >= MIN_WEBHOOK_SECRET), {
    error: `one of the secrets is shorter than ${String(MIN_WEBHOOK_SECRET)} characters; commas separate several, and one that holds a comma is read from GITHUB_WEBHOOK_SECRET_FILE`,
  });

/** Addresses and networks, such as `127.0.0.1, 10.0.0.0/8`. */
const proxies = z.string().transform((text, c) => {
  const list = new BlockList();
  for (const one of text.split(',').map((part) => part.trim())) {
    if (addNetwork(list, one)) continue;
    c.addIssue('use addresses or networks, separated by commas, such as 127.0.0.1, 10.0.0.0/8');
    return z.NEVER;
  }
  return list;
});

const Environment = z.object({
  ...sharedFields,
  ...acmeFields,
  LANDFALL_DATA_DIR: z.string().startsWith('/', 'use an absolute path'),
  LANDFALL_LISTEN: listen.default('127.0.0.1:8080'),
  LANDFALL_URL: url
    .optional()
    .describe("Landfall's address for people and GitHub. Default: the address that it listens on."),
  LANDFALL_TOKENS_FILE: z.string().describe('Access tokens, one NAME:TOKEN a line; a change of it counts at once.'),
  LANDFALL_HOST_TOKENS_FILE: z
    .string()
    .optional()
    .describe(
      'Tokens of workers elsewhere, one HOST:TOKEN or cluster/NAME:TOKEN a line; a change of it counts at once.',
    ),
  LANDFALL_DEPLOY_SECRETS_FILE: z
    .string()
    .optional()
    .describe('Secrets with which CI systems sign POST /deploy, one NAME:SECRET a line.'),
  LANDFALL_DEPLOY_PLAIN: flag.default(false).describe('Lets POST /deploy take a signature over the body alone.'),
  LANDFALL_SECRETS_KEY_FILE: z
    .string()
    .optional()
    .describe('Keys that seal secrets, one KEYID:BASE64 a line, newest first.'),
  LANDFALL_REPAIR_EVERY: every.default(60_000).describe('Interval of the search for lost deliveries, such as 1m.'),
  LANDFALL_WATCH_EVERY: every
    .default(60_000)
    .describe('Interval of the search for crash loops and outages, such as 1m.'),
  LANDFALL_KEEP_AUDIT: kept(LEAST_AUDIT_MS)
    .default(400 * DAY_MS)
    .describe('Retention of the audit trail and decisions, such as 400d, or forever.'),
  LANDFALL_KEEP_DELIVERIES: kept(LEAST_DELIVERIES_MS)
    .default(90 * DAY_MS)
    .describe("Retention of GitHub's deliveries, such as 90d."),
  LANDFALL_MAX_PREVIEWS: z.coerce
    .number()
    .int()
    .min(1, 'use a number of 1 or more')
    .max(10_000, 'use 10000 at most')
    .default(100)
    .describe('Previews of pull requests at once, of all repositories together; more wait in line.'),
  LANDFALL_REHEARSAL: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Whether another version first replays the histories of all open workflows.'),
  DATABASE_URL: secretSetting.describe('PostgreSQL 15 or newer: postgres://user:password@host/database.'),
  GITHUB_APP_ID: z.coerce.number().int().positive(),
  GITHUB_WEBHOOK_SECRET: webhookSecrets.optional(),
  GITHUB_WEBHOOK_SECRET_FILE: z.string().optional().describe('Secrets of the webhook, one a line, newest first.'),
  LANDFALL_TRUSTED_PROXIES: proxies
    .default(new BlockList())
    .describe('Proxies in front of us, whose X-Forwarded-For is trusted, such as 127.0.0.1.'),
});

/** @throws Error that names everything that is missing or wrong */
export function readConfig(env: Env) {
  const set = parseEnv(Environment, env);
  const webhookSecrets = readWebhookSecrets(set);
  return {
    ...sharedConfig(set),
    dataDir: set.LANDFALL_DATA_DIR,
    listen: parseListen(set.LANDFALL_LISTEN),
    publicUrl: set.LANDFALL_URL,
    tokensFile: set.LANDFALL_TOKENS_FILE,
    tokens: readTokens(set.LANDFALL_TOKENS_FILE),
    hostTokensFile: set.LANDFALL_HOST_TOKENS_FILE,
    hostTokens: set.LANDFALL_HOST_TOKENS_FILE ? readTokens(set.LANDFALL_HOST_TOKENS_FILE) : [],
    hosts: set.LANDFALL_HOSTS_FILE ? readHosts(set.LANDFALL_HOSTS_FILE) : [],
    clusters: set.LANDFALL_CLUSTERS_FILE ? readClusters(set.LANDFALL_CLUSTERS_FILE) : [],
    deploySecrets: set.LANDFALL_DEPLOY_SECRETS_FILE ? readDeploySecrets(set.LANDFALL_DEPLOY_SECRETS_FILE) : [],
    deployPlain: set.LANDFALL_DEPLOY_PLAIN,
    secretsKeyFile: set.LANDFALL_SECRETS_KEY_FILE,
    repairEveryMs: set.LANDFALL_REPAIR_EVERY,
    watchEveryMs: set.LANDFALL_WATCH_EVERY,
    acme: acmeSettings(set),
    retention: { auditMs: set.LANDFALL_KEEP_AUDIT, deliveriesMs: set.LANDFALL_KEEP_DELIVERIES },
    maxPreviews: set.LANDFALL_MAX_PREVIEWS,
    rehearses: set.LANDFALL_REHEARSAL === 'on',
    databaseUrl: set.DATABASE_URL,
    gitHub: { apiUrl: set.GITHUB_API_URL, appId: set.GITHUB_APP_ID, privateKey: privateKey(set) },
    webhookSecrets,
    trustedProxies: set.LANDFALL_TRUSTED_PROXIES,
  };
}

/** @throws Error when there is none, or one is too short to be one */
function readWebhookSecrets(
  set: Pick<z.infer<typeof Environment>, 'GITHUB_WEBHOOK_SECRET' | 'GITHUB_WEBHOOK_SECRET_FILE'>,
): readonly Secret[] {
  const { GITHUB_WEBHOOK_SECRET_FILE: file, GITHUB_WEBHOOK_SECRET: given = [] } = set;
  const secrets = [...(file === undefined ? [] : readSecretLines(file, MIN_WEBHOOK_SECRET)), ...given];
  if (secrets.length > 0) return secrets;
  throw new Error(
    'Landfall cannot start; these settings are missing or wrong:\n  GITHUB_WEBHOOK_SECRET: set the secret of the webhook: without one, anyone could send deliveries',
  );
}

export type Config = ReturnType<typeof readConfig>;

function parseListen(text: string) {
  const at = text.lastIndexOf(':');
  return { hostname: text.slice(0, at), port: Number(text.slice(at + 1)) };
}
