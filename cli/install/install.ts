/** `landfall install --system`: Landfall as a service of systemd, started after boot. */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { CliError, codeOf } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { printResult, progress } from '../context.ts';
import { SYSTEM_DATA_DIR } from '../data-dir.ts';
import { textTable } from '../show/table.ts';
import { UP_VARIABLES } from '../up/settings.ts';
import { askForMissing } from './ask.ts';
import {
  assertFolderFree,
  assertForData,
  assertLasting,
  assertRootAndSystemd,
  assertUnits,
  hasUnit,
} from './checks.ts';
import { CREDENTIALS, assertComplete, environmentText, partSettings } from './credentials.ts';
import type { UnitSettings, Variables } from './credentials.ts';
import { isUnchanged, readInstalled, writeWanted, type Installed, type WantedFile } from './installed.ts';
import { placesOf, thisMachine, type SystemdMachine, type Places } from './machine.ts';
import { PODMAN_UNIT, UNIT, credentialsOf, dataDirOf, unitText } from './unit.ts';

export interface InstallOptions {
  readonly system?: true;
  readonly dryRun?: true;
  readonly dataDir?: string;
  readonly envFile?: string;
}

const ATTEMPT = 'Install Landfall as a service';
/** Starts containers after boot whose restart policy is `always`, which is that of Landfall's. */
const RESTART_UNIT = 'podman-restart.service';

/**
 * Writes the unit, its settings and its credentials, and starts it. A second time it changes what has changed, only; what
 * was interrupted goes on.
 *
 * @throws CliError before anything is written when the machine, the settings or an earlier installation forbid it
 */
export async function install(
  context: CommandContext,
  options: InstallOptions,
  machine: SystemdMachine = thisMachine(),
): Promise<void> {
  if (options.system !== true) {
    throw new CliError(ATTEMPT, 'it is installed for the whole machine only', 'Say so with --system.');
  }
  if (options.dryRun !== true) assertRootAndSystemd(machine, ATTEMPT);
  const places = placesOf(machine, UNIT);
  const installed = readInstalled(places);
  const { settings, dataDir } = await wantedSettings(context, options, installed);
  assertNothingLost(installed, settings, places);
  assertForData(machine, dataDir, ATTEMPT);
  const runsServices = !('LANDFALL_HOSTS_FILE' in settings.plain || 'CONTAINER_HOST' in settings.plain);
  const files = filesOf(places, settings, { program: machine.program, dataDir, runsServices });
  if (options.dryRun === true) {
    showDryRun(context, files);
    return;
  }
  assertLasting(machine.program, ATTEMPT);
  await assertUnits(machine, ATTEMPT, runsServices);
  await assertFolderFree(machine, dataDir, ATTEMPT);

  // A service may not change /etc, where accounts are.
  const database = !settings.secrets.has('database-url');
  for (const line of machine.makeAccounts({ database, builds: runsServices })) progress(context, line);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const shown = files.map((file) => ({ path: file.path, state: isUnchanged(file) ? 'unchanged' : 'written' }));
  files.forEach(writeWanted);
  const isChanged = shown.some(({ state }) => state === 'written');
  const enabled = await start(machine, runsServices, isChanged);
  const rows = shown.map(({ path, state }) => [state, path]);
  const text = `${UNIT} runs, and starts after boot (enabled: ${enabled.join(', ')}).

${textTable(rows, '  ')}

  Its data is in ${dataDir}. \`journalctl -u landfall\` says how it fares, \`landfall doctor\` what it lacks.
  Secrets were copied: files that were named for them are not needed here any more.
  \`systemctl stop landfall\` stops Landfall; services go on being served until \`landfall down --data-dir ${dataDir}\`.`;
  printResult(context, { unit: UNIT, enabled, files: shown, dataDir }, text);
}

interface Wanted {
  readonly settings: UnitSettings;
  readonly dataDir: string;
}

/** Given ones take the place of installed ones; a file of settings takes the place of all that are not secret. */
async function wantedSettings(
  context: CommandContext,
  { envFile, dataDir }: InstallOptions,
  installed: Installed,
): Promise<Wanted> {
  const ours: Variables = Object.fromEntries(
    UP_VARIABLES.flatMap((name): [string, string][] => (context.env[name] ? [[name, context.env[name]]] : [])),
  );
  const all: Variables =
    envFile === undefined ? { ...installed.plain, ...ours } : readEnvFile(resolve(context.cwd, envFile));
  const { LANDFALL_DATA_DIR: givenDir, ...given } = all;
  const first = withSecretsOf(installed, partSettings(given, context.cwd));
  const answers = await askForMissing(context, first);
  const settings = withSecretsOf(first, partSettings({ ...first.plain, ...answers }, context.cwd));
  assertComplete(settings);
  const kept = installed.unit === undefined ? undefined : dataDirOf(installed.unit);
  return { settings, dataDir: resolve(context.cwd, dataDir ?? givenDir ?? kept ?? SYSTEM_DATA_DIR) };
}

const withSecretsOf = (before: UnitSettings, { plain, secrets }: UnitSettings): UnitSettings => ({
  plain,
  secrets: new Map([...before.secrets, ...secrets]),
});

function readEnvFile(file: string): Variables {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    const todo = 'Name a file of NAME=value lines with --env-file.';
    throw new CliError(`Read ${file}`, codeOf(error) ?? 'it cannot be read', todo, { cause: error });
  }
}

/** @throws CliError when the service had a secret whose file has gone: without it, it would start as another one */
function assertNothingLost({ unit }: Installed, { secrets }: UnitSettings, { credentials }: Places): void {
  const lost = CREDENTIALS.find(
    ({ name }) => unit !== undefined && credentialsOf(unit).includes(name) && !secrets.has(name),
  );
  if (lost === undefined) return;
  throw new CliError(
    ATTEMPT,
    `the service has had a secret ${lost.name}, and ${join(credentials, lost.name)} is not there any more`,
    `Put the file back, or name one with ${lost.fileVariable}. To go on without it, take its LoadCredential= line out of the unit.`,
  );
}

const CLOSED = { mode: 0o600, folderMode: 0o700 } as const;

/** The unit comes last: it names the others. */
function filesOf(
  { unit, environment, credentials }: Places,
  { plain, secrets }: UnitSettings,
  of: { readonly program: readonly string[]; readonly dataDir: string; readonly runsServices: boolean },
): readonly WantedFile[] {
  const names = CREDENTIALS.flatMap(({ name }) => (secrets.has(name) ? [name] : []));
  const text = unitText({ ...of, environmentFile: environment, credentialsDir: credentials, credentials: names });
  return [
    ...names.map((name) => ({ path: join(credentials, name), text: secrets.get(name)?.reveal() ?? '', ...CLOSED })),
    { path: environment, text: environmentText(plain), ...CLOSED },
    { path: unit, text, mode: 0o644, folderMode: 0o755 },
  ];
}

function showDryRun(context: CommandContext, files: readonly WantedFile[]): void {
  const wouldWrite = files.filter((file) => !isUnchanged(file)).map(({ path }) => path);
  const unit = files.at(-1)?.text ?? '';
  const list = wouldWrite.length === 0 ? '# Nothing would change.' : `# Would write ${wouldWrite.join(', ')}`;
  printResult(context, { wouldWrite, unit }, `${list}\n${unit}`.trimEnd());
}

/** @returns the units that start after boot */
async function start(machine: SystemdMachine, runsServices: boolean, isChanged: boolean): Promise<readonly string[]> {
  const { systemctl } = machine;
  const podman = runsServices ? [PODMAN_UNIT, ...((await hasUnit(machine, RESTART_UNIT)) ? [RESTART_UNIT] : [])] : [];
  const units = [...podman, UNIT];
  await systemctl('daemon-reload');
  await systemctl('enable', '--quiet', ...units);
  if (runsServices) await systemctl('start', PODMAN_UNIT);
  await systemctl(isChanged ? 'restart' : 'start', UNIT);
  return units;
}
