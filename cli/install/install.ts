/** `landfall install --system`: Landfall as a service of systemd, started after boot. */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { assertGlibc } from '../c-library.ts';
import { CliError, codeOf } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { printResult, progress } from '../context.ts';
import { SYSTEM_DATA_DIR } from '../data-dir.ts';
import { textTable } from '../show/table.ts';
import { UP_VARIABLES, listenUrlOf } from '../up/settings.ts';
import type { PartName } from '../up/units.ts';
import { askForMissing } from './ask.ts';
import {
  assertFolderFree,
  assertForData,
  assertForUnits,
  assertLasting,
  assertNothingInTheWay,
  assertRootAndSystemd,
  assertUnits,
} from './checks.ts';
import { CREDENTIALS, assertComplete, environmentText, partSettings } from './credentials.ts';
import type { UnitSettings, Variables } from './credentials.ts';
import { isUnchanged, readInstalled, readUnit, textOf, writeWanted } from './installed.ts';
import type { Installed, WantedFile } from './installed.ts';
import { placesOf, thisMachine, type SystemdMachine, type Places } from './machine.ts';
import { partUnitText } from './part-unit.ts';
import { UNIT_OF, unitsNote, wantedParts, type UnitPart, type UnitPorts } from './parts.ts';
import { preparePart, registryLoginFile } from './prepare.ts';
import { activeOf, removeUnwanted, start } from './start.ts';
import { UNIT, credentialsOf, dataDirOf, unitText, variableOf } from './unit.ts';

export interface InstallOptions {
  readonly system?: true;
  readonly dryRun?: true;
  readonly dataDir?: string;
  readonly envFile?: string;
  readonly temporalPort?: number;
  readonly temporalUiPort?: number;
  readonly registryPort?: number;
}

const ATTEMPT = 'Install Landfall as a service';

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
  const ports = wantedPorts(options, installed.unit, textOf(join(places.units, UNIT_OF.temporal)));
  const parts = await wantedParts({ dataDir, settings, ports, credentialsDir: places.credentials });
  const units = parts.map((part) => unitFile(places, part));
  for (const unit of ALL_UNITS) readUnit(join(places.units, unit));
  const files = filesOf(places, settings, { program: machine.program, dataDir, runsServices, parts });
  if (options.dryRun === true) {
    showDryRun(context, [...units, ...files]);
    return;
  }
  const programOf = ({ command: [program = ''] }: UnitPart) => program;
  const runByRoot = parts.filter(({ user }) => user === 'root').map(programOf);
  assertLasting([...machine.program, ...runByRoot], ATTEMPT);
  assertForUnits(machine, parts.map(programOf), ATTEMPT);
  assertGlibc(machine.glibc);
  await assertUnits(machine, ATTEMPT, runsServices);
  await assertFolderFree(machine, dataDir, ATTEMPT);
  const active = await activeOf(machine, [UNIT, ...ALL_UNITS]);
  await assertNothingInTheWay(
    machine,
    dataDir,
    parts.filter(({ unit }) => !active.has(unit)),
  );
  if (!active.has(UNIT))
    await machine.assertFree(listenUrlOf(settings.plain['LANDFALL_LISTEN'] ?? LISTEN), 'Landfall', 'LANDFALL_LISTEN');

  // A service may not change /etc, where accounts are.
  if (runsServices) for (const line of machine.makeBuildAccount()) progress(context, line);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  // Before the units: `landfall up` by hand starts none of the parts from here on.
  writeWanted(unitsNote(dataDir, parts));
  const shown = [...units, ...files].map((file) => ({
    path: file.path,
    state: isUnchanged(file) ? 'unchanged' : 'written',
  }));
  const isWritten = (path: string) => shown.some((file) => file.path === path && file.state === 'written');
  const changed = new Set<string>();
  for (const part of parts) {
    const isActive = active.has(part.unit);
    progress(context, `making ${part.unit} ready`);
    const given = {
      credentialsDir: places.credentials,
      postgresBin: settings.plain['LANDFALL_POSTGRES_BIN'],
      isActive,
    };
    const isChanged = await preparePart(machine, part, given);
    if (isChanged || isWritten(join(places.units, part.unit))) changed.add(part.unit);
  }
  [...units, ...files].forEach(writeWanted);
  if (files.some(({ path }) => isWritten(path))) changed.add(UNIT);
  await removeUnwanted(machine, places, parts);
  const enabled = await start(machine, { runsServices, parts, active, changed });
  const rows = shown.map(({ path, state }) => [state, path]);
  const text = `${UNIT} runs, and starts after boot (enabled: ${enabled.join(', ')}).

${textTable(rows, '  ')}

  Its data is in ${dataDir}. \`journalctl -u 'landfall*'\` says how it fares, \`landfall doctor\` what it lacks.
  Secrets were copied: files that were named for them are not needed here any more.
  ${stopWords(parts, dataDir)}`;
  printResult(context, { unit: UNIT, enabled, files: shown, dataDir }, text);
}

const stopWords = (parts: readonly UnitPart[], dataDir: string): string =>
  parts.some(({ part }) => part === 'proxy')
    ? `\`systemctl stop landfall\` stops Landfall alone; services go on being served until \`systemctl stop ${UNIT_OF.proxy}\`.`
    : `\`systemctl stop landfall\` stops Landfall; services go on being served until \`landfall down --data-dir ${dataDir}\`.`;

const LISTEN = '127.0.0.1:8080';
const ALL_UNITS: readonly string[] = Object.values(UNIT_OF);
const USUAL_PORTS: UnitPorts = { temporal: 7233, temporalUi: 8233, registry: 5000 };

/** Given ones, or those of the units that are there. The registry's is part of every image's name. */
function wantedPorts(
  { temporalPort, temporalUiPort, registryPort }: InstallOptions,
  landfall = '',
  temporal = '',
): UnitPorts {
  const portIn = (address: string | undefined) => (address === undefined ? undefined : Number(address.split(':')[1]));
  return {
    temporal: temporalPort ?? portIn(variableOf(landfall, 'TEMPORAL_ADDRESS')) ?? USUAL_PORTS.temporal,
    temporalUi: temporalUiPort ?? Number(/ --ui-port (\d+) /.exec(temporal)?.[1] ?? USUAL_PORTS.temporalUi),
    registry: registryPort ?? portIn(variableOf(landfall, 'LANDFALL_REGISTRY')) ?? USUAL_PORTS.registry,
  };
}

const unitFile = ({ units }: Places, part: UnitPart): WantedFile => ({
  path: join(units, part.unit),
  text: partUnitText(part),
  mode: 0o644,
  folderMode: 0o755,
});

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
  of: {
    readonly program: readonly string[];
    readonly dataDir: string;
    readonly runsServices: boolean;
    readonly parts: readonly UnitPart[];
  },
): readonly WantedFile[] {
  const names = CREDENTIALS.flatMap(({ name }) => (secrets.has(name) ? [name] : []));
  const has = (name: PartName) => of.parts.some(({ part }) => part === name);
  const text = unitText({
    ...{ program: of.program, dataDir: of.dataDir, runsServices: of.runsServices },
    ...{ environmentFile: environment, credentialsDir: credentials, credentials: names },
    parts: of.parts.map((part) => part.unit),
    environment: Object.assign({}, ...of.parts.map((part) => part.environment)) as Record<string, string>,
    registryLogin: has('registry') ? registryLoginFile(of.dataDir) : undefined,
    keepsTraffic: !has('proxy') && !('LANDFALL_HOSTS_FILE' in plain),
  });
  return [
    ...names.map((name) => ({ path: join(credentials, name), text: secrets.get(name)?.reveal() ?? '', ...CLOSED })),
    { path: environment, text: environmentText(plain), ...CLOSED },
    { path: unit, text, mode: 0o644, folderMode: 0o755 },
  ];
}

function showDryRun(context: CommandContext, files: readonly WantedFile[]): void {
  const wouldWrite = files.filter((file) => !isUnchanged(file)).map(({ path }) => path);
  const units = files.filter(({ path }) => path.endsWith('.service'));
  const list = wouldWrite.length === 0 ? '# Nothing would change.' : `# Would write ${wouldWrite.join(', ')}`;
  const document = {
    wouldWrite,
    unit: units.at(-1)?.text ?? '',
    units: Object.fromEntries(units.map(({ path, text }) => [basename(path), text])),
  };
  const text = units.map((unit) => `\n# ${unit.path}\n${unit.text}`).join('');
  printResult(context, document, `${list}\n${text}`.trimEnd());
}
