/** `landfall uninstall`: the end of what decides, or of all units. Data and settings stay. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandContext } from '../context.ts';
import { printResult } from '../context.ts';
import { SYSTEM_DATA_DIR } from '../data-dir.ts';
import { readUnits, unitsFile, unitsText, type PartName, type Units } from '../up/units.ts';
import { assertRootAndSystemd } from './checks.ts';
import { readInstalled, readUnit, writeWanted } from './installed.ts';
import { placesOf, thisMachine, type Places, type SystemdMachine } from './machine.ts';
import { UNIT_OF } from './parts.ts';
import { UNIT, dataDirOf } from './unit.ts';

export interface UninstallOptions {
  /** The units that carry traffic too. */
  readonly all?: true;
}

/** They go on without Landfall: services are reached through the one, and pull their images from the other. */
const CARRY_TRAFFIC: ReadonlySet<PartName> = new Set(['registry', 'proxy']);

/** @throws CliError when this is not root, or a unit is a person's own */
export async function uninstall(
  context: CommandContext,
  options: UninstallOptions = {},
  machine: SystemdMachine = thisMachine(),
): Promise<void> {
  assertRootAndSystemd(machine, 'Remove the service');
  const places = placesOf(machine, UNIT);
  const { unit } = readInstalled(places);
  const dataDir = (unit === undefined ? undefined : dataDirOf(unit)) ?? noted(places) ?? SYSTEM_DATA_DIR;
  const parts = partsThere(places);
  const goes = (part: PartName) => options.all === true || !CARRY_TRAFFIC.has(part);
  // Landfall ends before what it needs.
  const leaving = [...(unit === undefined ? [] : [UNIT]), ...parts.filter(goes).map((part) => UNIT_OF[part])];
  if (leaving.length === 0) {
    const left = parts.map((part) => UNIT_OF[part]).join(' and ');
    const text =
      left === ''
        ? `Landfall is not installed as a service: there is no ${places.unit}.`
        : `${left} carry traffic and stay. \`landfall uninstall --all\` removes them.`;
    printResult(context, { removed: [] }, text);
    return;
  }
  for (const name of leaving) {
    await machine.systemctl('disable', '--now', '--quiet', name);
    rmSync(join(places.units, name));
  }
  await machine.systemctl('daemon-reload');
  const left = parts.filter((part) => !goes(part));
  noteLeft(dataDir, left);
  const removed = leaving.map((name) => join(places.units, name));
  printResult(context, { removed, dataDir, settings: places.settings }, textOf({ leaving, left, dataDir, places }));
}

const partsThere = ({ units }: Places): readonly PartName[] =>
  (Object.keys(UNIT_OF) as PartName[]).filter((part) => readUnit(join(units, UNIT_OF[part])) !== undefined);

/** The data folder as the unit of a part names it, when Landfall's own has gone. */
function noted({ units }: Places): string | undefined {
  const texts = Object.values(UNIT_OF).map((name) => readUnit(join(units, name)) ?? '');
  return texts
    .map((text) => /^TemporaryFileSystem="?([^:\n]*):ro"?$/m.exec(text)?.[1])
    .find(Boolean)
    ?.replaceAll('%%', '%');
}

/** `landfall up` by hand may start in the folder what no unit runs any more. */
function noteLeft(dataDir: string, left: readonly PartName[]): void {
  if (!existsSync(dataDir)) return;
  const before = readUnits(dataDir);
  const units: Units = Object.fromEntries(Object.entries(before).filter(([part]) => left.some((one) => one === part)));
  if (left.length === 0) rmSync(unitsFile(dataDir), { force: true });
  else writeWanted({ path: unitsFile(dataDir), text: unitsText(units), mode: 0o600, folderMode: 0o700 });
}

interface Said {
  readonly leaving: readonly string[];
  readonly left: readonly PartName[];
  readonly dataDir: string;
  readonly places: Places;
}

function textOf({ leaving, left, dataDir, places }: Said): string {
  const serving = left.map((part) => UNIT_OF[part]).join(' and ');
  return `${leaving.join(', ')} ${leaving.length === 1 ? 'is' : 'are'} stopped and removed. What stays:

  ${dataDir}: all data
  ${places.settings}: settings, and copies of the secrets
${serving === '' ? '' : `  ${serving}, which carry traffic until \`landfall uninstall --all\`\n`}  containers, Podman's units, and the accounts whose names begin with landfall-`;
}
