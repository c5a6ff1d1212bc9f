/** The parts of a data folder that units of systemd run, as `landfall install` notes them in the folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { jsonOf } from '../../contracts/core/json.ts';
import { CliError, codeOf } from '../cli-error.ts';

/** A part that `landfall up` starts, or a unit. */
export type PartName = 'database' | 'temporal' | 'registry' | 'proxy';

const Units = z.partialRecord(z.enum(['database', 'temporal', 'registry', 'proxy']), z.string());

/** Part to unit. */
export type Units = z.infer<typeof Units>;

export const unitsFile = (dir: string): string => join(dir, 'units.json');

export const unitsText = (units: Units): string => `${JSON.stringify(units, null, 2)}\n`;

/** @returns none where the folder has no units. @throws CliError for a file that Landfall did not write */
export function readUnits(dir: string): Units {
  let text: string;
  try {
    text = readFileSync(unitsFile(dir), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    throw error;
  }
  const { data } = Units.safeParse(jsonOf(text));
  if (data !== undefined) return data;
  throw new CliError(
    `Read ${unitsFile(dir)}`,
    'it is not what Landfall writes',
    'Run `landfall install --system` again, which writes it, or remove it where there are no units of Landfall.',
  );
}

/**
 * Keeps `landfall up` from starting a second one of what a unit runs in the folder, which would end or corrupt the first.
 *
 * @throws CliError that names the unit
 */
export function assertNoUnit(dir: string, part: PartName): void {
  const unit = readUnits(dir)[part];
  if (unit === undefined) return;
  throw new CliError(
    `Start ${part} in ${dir}`,
    `${unit} of systemd runs it there`,
    'Start the service (`systemctl start landfall`), remove the units (`landfall uninstall --all`), or choose another folder with --data-dir.',
  );
}
