/** The settings of the service, parted into those that everybody may read and those that are secret. */
import { readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { Secret } from '../../contracts/core/secret.ts';
import { CliError, codeOf } from '../cli-error.ts';

export interface CredentialKind {
  /** Its name in the unit, and its file's in `/etc/landfall/credentials`. */
  readonly name: string;
  /** The variable that names a file with it. */
  readonly fileVariable: string;
  /** The variable that holds it itself. */
  readonly valueVariable?: string;
}

/** Every setting whose value is secret: systemd hands these on as files that only the service can read. */
export const CREDENTIALS = [
  {
    name: 'github-app-private-key',
    fileVariable: 'GITHUB_APP_PRIVATE_KEY_FILE',
    valueVariable: 'GITHUB_APP_PRIVATE_KEY',
  },
  {
    name: 'github-webhook-secrets',
    fileVariable: 'GITHUB_WEBHOOK_SECRET_FILE',
    valueVariable: 'GITHUB_WEBHOOK_SECRET',
  },
  { name: 'secrets-keys', fileVariable: 'LANDFALL_SECRETS_KEY_FILE' },
  { name: 'registry-auth', fileVariable: 'LANDFALL_REGISTRY_AUTH_FILE' },
  { name: 'deploy-secrets', fileVariable: 'LANDFALL_DEPLOY_SECRETS_FILE' },
  { name: 'acme-binding-key', fileVariable: 'LANDFALL_ACME_EAB_KEY_FILE' },
  { name: 'host-tokens', fileVariable: 'LANDFALL_HOST_TOKENS_FILE' },
  { name: 'database-url', fileVariable: 'DATABASE_URL_FILE', valueVariable: 'DATABASE_URL' },
  { name: 'temporal-api-key', fileVariable: 'TEMPORAL_API_KEY_FILE', valueVariable: 'TEMPORAL_API_KEY' },
  { name: 'temporal-client-key', fileVariable: 'TEMPORAL_TLS_CLIENT_KEY_PATH' },
] as const satisfies readonly CredentialKind[];

export type CredentialName = (typeof CREDENTIALS)[number]['name'];

export interface UnitSettings {
  /** Variables for the environment file. */
  readonly plain: Readonly<Record<string, string>>;
  /** Contents of the credentials' files. */
  readonly secrets: ReadonlyMap<CredentialName, Secret>;
}

export type Variables = Readonly<Record<string, string | undefined>>;

const READ = 'Read the settings of the service';

/**
 * Files that secret settings name are read now, and are not needed afterwards.
 *
 * @param cwd - relative paths begin there
 * @throws CliError that names every setting that cannot be used, and no value
 */
export function partSettings(env: Variables, cwd: string): UnitSettings {
  const wrong: string[] = [];
  const secrets = new Map<CredentialName, Secret>();
  for (const kind of CREDENTIALS) {
    const secret = secretOf(kind, env, cwd, wrong);
    if (secret !== undefined) secrets.set(kind.name, secret);
  }
  const secretVariables = new Set(
    CREDENTIALS.flatMap((kind: CredentialKind) => [kind.fileVariable, kind.valueVariable ?? '']),
  );
  const plain: Record<string, string> = {};
  for (const [name, value = ''] of Object.entries(env)) {
    if (value === '' || secretVariables.has(name)) continue;
    if (!isPlain(name, value)) {
      wrong.push(`${name} holds what an environment file does not (quotes, backslashes, #, or several lines)`);
    } else if (NAMES_A_PATH.test(name) && !isAbsolute(value)) {
      wrong.push(`${name} is "${value}", and a service has no folder of its own to look in: use a whole path`);
    } else plain[name] = value;
  }
  if (wrong.length > 0) throw new CliError(READ, wrong.join('; '), 'Correct that, and run the command again.');
  return { plain, secrets };
}

function secretOf(
  { name, fileVariable, valueVariable }: CredentialKind,
  env: Variables,
  cwd: string,
  wrong: string[],
): Secret | undefined {
  const file = env[fileVariable] ?? '';
  const value = valueVariable === undefined ? '' : (env[valueVariable] ?? '');
  if (file !== '' && value !== '') {
    wrong.push(`both ${fileVariable} and ${String(valueVariable)} are set: leave one out`);
    return undefined;
  }
  if (file === '' && value === '') return undefined;
  if (file.includes(',')) {
    wrong.push(`${fileVariable} names several files: a service takes one, so merge them`);
    return undefined;
  }
  const text = file === '' ? linesOf(name, value) : read(fileVariable, resolve(cwd, file), wrong);
  if (text === undefined) return undefined;
  const fault = faultOf(name, text);
  if (fault === undefined) return new Secret(text);
  wrong.push(`${file === '' ? String(valueVariable) : file} ${fault}`);
  return undefined;
}

/** Several webhook secrets are separated by commas in the variable, and stand one a line in a file. */
const linesOf = (name: string, value: string): string =>
  `${name === 'github-webhook-secrets' ? value.split(/\s*,\s*/).join('\n') : value}\n`;

function read(variable: string, file: string, wrong: string[]): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    wrong.push(`${variable} names ${file}, which cannot be read (${codeOf(error) ?? 'unreadable'})`);
    return undefined;
  }
}

/** As workers/config.ts wants it. */
const MIN_WEBHOOK_SECRET = 16;
const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** Landfall itself looks more closely at its start; here the commonest mistakes are found while a person is there. */
function faultOf(name: string, text: string): string | undefined {
  if (text.trim() === '') return 'is empty';
  if (name === 'github-app-private-key' && !PEM.test(text) && !PEM.test(Buffer.from(text, 'base64').toString())) {
    return 'is no private key: GitHub gives it as a .pem file';
  }
  const lines = text.split('\n').map((line) => line.trim());
  if (name === 'github-webhook-secrets' && lines.some((line) => line !== '' && line.length < MIN_WEBHOOK_SECRET)) {
    return `holds a secret of less than ${String(MIN_WEBHOOK_SECRET)} characters`;
  }
  return undefined;
}

const NAMES_A_PATH = /_(?:FILE|PATH|CONF|BIN|DIR)$/;

/** Means the same to systemd, to shells and to Node, without quotes (systemd.exec(5), EnvironmentFile=). */
const isPlain = (name: string, value: string): boolean =>
  /^[A-Za-z_]\w*$/.test(name) && /^[^\s"'`\\#](?:[^\p{Cc}"'`\\#]*[^\s"'`\\#])?$/u.test(value);

/** The content of the environment file. */
export const environmentText = (plain: Readonly<Record<string, string>>): string =>
  Object.entries(plain)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

/** @throws CliError when a service cannot start without what is missing, with the ways to give it */
export function assertComplete({ plain, secrets }: UnitSettings): void {
  const missing = [
    ...(plain['GITHUB_APP_ID'] === undefined ? ['GITHUB_APP_ID'] : []),
    ...(secrets.has('github-app-private-key') ? [] : ['GITHUB_APP_PRIVATE_KEY_FILE']),
    ...(secrets.has('github-webhook-secrets') ? [] : ['GITHUB_WEBHOOK_SECRET_FILE']),
  ];
  if (missing.length > 0) {
    throw new CliError(
      READ,
      `the GitHub App is not known: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set`,
      'Give a file of NAME=value lines with --env-file, set them in the environment, or run the command at a terminal, where it asks.',
    );
  }
  if (/^[1-9]\d{0,15}$/.test(plain['GITHUB_APP_ID'] ?? '')) return;
  throw new CliError(READ, 'GITHUB_APP_ID is no number', "Use the App ID of the App's page on GitHub.");
}
