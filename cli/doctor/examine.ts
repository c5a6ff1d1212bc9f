/** Everything that `landfall doctor` looks at. */
import { existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import type { InstallationView } from '../../contracts/http/api.ts';
import { NEEDED_PERMISSIONS, lacking, lackingWanted } from '../../contracts/config/installation.ts';
import { where } from '../../infra/dev/locate.ts';
import type { Tool } from '../../infra/dev/locate.ts';
import { runEngineSocket } from '../../infra/dev/run-engine.ts';
import { findAccess } from '../access.ts';
import { assertGlibc, glibcVersion } from '../c-library.ts';
import { CliError, errorText } from '../cli-error.ts';
import { fetchCertificates, fetchInstallations, readiness } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { dataDir } from '../data-dir.ts';
import { answers, checkPodman, isGiven, ownPodman, podmanSocket } from '../up/podman-socket.ts';
import { buildAccount, keyFiles } from './build-account.ts';
import { buildNetwork } from './build-network.ts';
import { judgeCertificates } from './certificates.ts';
import { database } from './database.ts';
import type { Finding } from './finding.ts';
import { examineOne } from './finding.ts';
import { examinePlaces } from './places.ts';

const TOOLS: readonly (readonly [Tool, 'optional' | 'missing'])[] = [
  ['temporal', 'missing'],
  ['registry', 'missing'],
  ['podman', 'missing'],
  ['git', 'missing'],
  ['flock', 'missing'],
  ['haproxy', 'optional'],
  ['nixpacks', 'optional'],
  ['railpack', 'optional'],
];

const BY_UP = 'not served yet: `landfall up` serves it for this user';

/** Checks run side by side; the answer keeps their order. */
export async function examine(
  context: CommandContext,
  options: { readonly dataDir?: string; readonly podmanSocket?: string },
): Promise<Finding[]> {
  const socket = podmanSocket(context, options.podmanSocket);
  const dir = () => dataDir(context, options.dataDir);
  const given = (name: string) => context.env[name] || undefined;
  // A given Temporal or registry stands in for the program that `up` would start.
  const needed = TOOLS.filter(
    ([tool]) =>
      !(tool === 'temporal' && given('TEMPORAL_ADDRESS')) && !(tool === 'registry' && given('LANDFALL_REGISTRY')),
  );
  const clusters = examinePlaces(context);
  const machine = await Promise.all([
    examineOne('Node', 'missing', nodeVersion),
    examineOne('C library', 'missing', async () => assertGlibc(glibcVersion())),
    ...needed.map(([tool, severity]) => examineOne(tool, severity, async () => where(tool))),
    examineOne('Podman API', 'missing', () => podmanApi(socket, dir(), isGiven(context, options.podmanSocket))),
    examineOne('builds', 'optional', () => buildAccount(context, { dir: dir(), socket })),
    examineOne('build network', 'optional', () => buildNetwork(context, dir())),
    examineOne('keys', 'optional', async () => keyFiles(keyPaths(context, dir()))),
    examineOne('database', 'missing', () => database(context, dir())),
    examineOne('disk', 'missing', () => diskSpace(dir())),
    ...reachable('Temporal', given('TEMPORAL_ADDRESS'), 'TEMPORAL_ADDRESS'),
    ...reachable('registry', given('LANDFALL_REGISTRY'), 'LANDFALL_REGISTRY'),
    examineOne('Landfall', 'optional', () => landfall(context)),
    examineOne('GitHub App', 'optional', () => gitHubApp(context)),
    examineOne('certificates', 'optional', async () =>
      judgeCertificates(await fetchCertificates(createHttp(await findAccess(context), context.signal))),
    ),
  ]);
  return [...machine, ...(await clusters)];
}

/** The one that `landfall up` asks: a given one, this user's own where it is served, or the one that `up` serves itself. */
async function podmanApi(socket: string, dir: string, isGivenOne: boolean): Promise<string> {
  if (!isGivenOne && !(await answers(socket))) {
    const served = runEngineSocket(ownPodman(dir));
    return (await answers(served)) ? `${served}, which \`landfall up\` serves` : BY_UP;
  }
  await checkPodman(socket);
  return socket;
}

const keyPaths = ({ env }: CommandContext, dir: string): readonly string[] => [
  ...['GITHUB_APP_PRIVATE_KEY_FILE', 'LANDFALL_SECRETS_KEY_FILE', 'LANDFALL_TOKENS_FILE'].flatMap(
    (name) => env[name] || [],
  ),
  ...(env['LANDFALL_REGISTRY_AUTH_FILE']?.split(',') ?? []),
  ...['tokens', 'registry-auth.json', 'landfall/secrets.key', 'landfall/cookie.key'].map((name) => join(dir, name)),
];

/** `engines` of package.json. */
async function nodeVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const least = /"node":\s*">=(\d+)\.(\d+)/.exec(text) ?? [];
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [, leastMajor = 0, leastMinor = 0] = least.map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return process.versions.node;
  throw new CliError(
    'Check Node',
    `this is ${process.versions.node}`,
    `Install Node ${String(leastMajor)}.${String(leastMinor)} or newer.`,
  );
}

const GIB = 1024 ** 3;
/** One build with its base image and its layers; below it builds start to fail. */
const LEAST_FREE = 5 * GIB;

async function diskSpace(dir: string): Promise<string> {
  let folder = dir;
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const shown = `${(free / GIB).toFixed(1)} GiB free in ${folder}`;
  if (free >= LEAST_FREE) return shown;
  throw new CliError(
    'Check the disk',
    shown,
    `Free some (\`podman system prune\`): builds need ${String(LEAST_FREE / GIB)} GiB.`,
  );
}

function reachable(name: string, address: string | undefined, variable: string): Promise<Finding>[] {
  if (address === undefined) return [];
  return [
    examineOne(`${name} at ${address}`, 'missing', async () => {
      try {
        await knock(address);
      } catch (error) {
        throw new CliError(`Reach ${name}`, errorText(error), `Start it, or correct ${variable}.`, { cause: error });
      }
      return 'it accepts connections';
    }),
  ];
}

const KNOCK_MS = 5_000;

async function knock(address: string): Promise<void> {
  const { hostname, port } = new URL(`tcp://${address}`);
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) });
    socket.setTimeout(KNOCK_MS, () => socket.destroy(new Error(`no answer within ${String(KNOCK_MS / 1000)} s`)));
    socket.once('error', reject).once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

async function landfall(context: CommandContext): Promise<string> {
  const http = createHttp(await findAccess(context), context.signal);
  const { checks } = await readiness(http);
  const bad = Object.entries(checks).filter(([, { ok }]) => !ok);
  const warnings = Object.values(checks).filter(({ warning }) => warning === true);
  if (bad.length === 0 && warnings.length > 0) {
    const what = warnings.map(({ detail }) => detail).join('; ');
    throw new CliError(
      `Ask ${http.url}`,
      `it is ready, but needs attention: ${what}`,
      'Its log says more: landfall.log in the data folder of `landfall up`.',
    );
  }
  if (bad.length === 0) return `${http.url} is ready`;
  const why = bad.map(([name, { detail }]) => `${name}: ${detail}`).join('; ');
  throw new CliError(
    `Ask ${http.url}`,
    `it is not ready: ${why}`,
    'Correct that. Its log says more: landfall.log in the data folder of `landfall up`.',
  );
}

/** The App's installations that Landfall knows of, and what keeps each from working. */
async function gitHubApp(context: CommandContext): Promise<string> {
  const all = await fetchInstallations(createHttp(await findAccess(context), context.signal));
  const there = all.filter(({ state }) => state !== 'deleted');
  if (there.length === 0) {
    throw new CliError(
      'Look for installations',
      'no installation of the GitHub App is known',
      'Install the GitHub App on a repository. An installation older than this Landfall becomes known when it changes: `landfall github try` finds it now.',
    );
  }
  const wrong = there.map((one) => ({ one, why: whyNot(one) })).filter(({ why }) => why.length > 0);
  if (wrong.length > 0) {
    throw new CliError(
      'Look at the installations',
      wrong.map(({ one, why }) => `${one.account} ${why.join(' and ')}`).join('; '),
      'Unsuspend it, or accept the permissions, in the settings of that account; `landfall github try` says where.',
    );
  }
  return `installed at ${there.map((one) => `${one.account} (${repositoriesOf(one)})`).join(', ')}`;
}

function whyNot({ state, permissions }: InstallationView): readonly string[] {
  if (state === 'suspended') return ['is suspended: nothing of it is deployed'];
  // Permissions that are not known are not judged.
  if (permissions === null) return [];
  return [
    ...lacking(NEEDED_PERMISSIONS, permissions).map(
      ([name, level]) => `does not grant ${name}: ${level}, without which nothing is deployed`,
    ),
    ...lackingWanted(permissions).map(
      ({ permission, without }) => `does not grant ${permission}, without which ${without}`,
    ),
  ];
}

const repositoriesOf = ({ everyRepository, repositories: count }: InstallationView): string =>
  everyRepository === true ? 'every repository' : `${String(count)} ${count === 1 ? 'repository' : 'repositories'}`;
