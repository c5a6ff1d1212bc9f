/** `landfall uninstall`: the service's end. Data, settings and what carries traffic stay. */
import { rmSync } from 'node:fs';
import type { CommandContext } from '../context.ts';
import { printResult } from '../context.ts';
import { SYSTEM_DATA_DIR } from '../data-dir.ts';
import { assertRootAndSystemd } from './checks.ts';
import { readInstalled } from './installed.ts';
import { placesOf, thisMachine, type SystemdMachine } from './machine.ts';
import { UNIT, dataDirOf } from './unit.ts';

/** @throws CliError when this is not root, or the unit is a person's own */
export async function uninstall(context: CommandContext, machine: SystemdMachine = thisMachine()): Promise<void> {
  assertRootAndSystemd(machine, 'Remove the service');
  const places = placesOf(machine, UNIT);
  const { unit } = readInstalled(places);
  if (unit === undefined) {
    printResult(context, { removed: [] }, `Landfall is not installed as a service: there is no ${places.unit}.`);
    return;
  }
  const dataDir = dataDirOf(unit) ?? SYSTEM_DATA_DIR;
  await machine.systemctl('disable', '--now', '--quiet', UNIT);
  rmSync(places.unit);
  await machine.systemctl('daemon-reload');
  const text = `${UNIT} is stopped and removed. What stays:

  ${dataDir}: all data
  ${places.settings}: settings, and copies of the secrets
  the proxy and the registry, which serve on until \`landfall down --data-dir ${dataDir}\`
  containers, Podman's units, and the accounts landfall-db and landfall-build`;
  printResult(context, { removed: [places.unit], dataDir, settings: places.settings }, text);
}
