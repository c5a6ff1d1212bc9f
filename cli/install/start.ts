/** Brings the installed units up: what is changed is restarted, the rest goes on. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasUnit } from './checks.ts';
import type { Places, SystemdMachine } from './machine.ts';
import { UNIT_OF, type UnitPart } from './parts.ts';
import { PODMAN_UNIT, UNIT } from './unit.ts';

/** Starts containers after boot whose restart policy is `always`, which is that of Landfall's. */
const RESTART_UNIT = 'podman-restart.service';

export interface Starting {
  readonly runsServices: boolean;
  readonly parts: readonly UnitPart[];
  /** Units that run. */
  readonly active: ReadonlySet<string>;
  /** Units with something that is another now. */
  readonly changed: ReadonlySet<string>;
}

/** @returns the units that run */
export async function activeOf({ systemctl }: SystemdMachine, units: readonly string[]): Promise<ReadonlySet<string>> {
  const active = new Set<string>();
  for (const unit of units) {
    const isActive = await systemctl('is-active', '--quiet', unit).then(
      () => true,
      () => false,
    );
    if (isActive) active.add(unit);
  }
  return active;
}

/** @returns the units that start after boot */
export async function start(
  machine: SystemdMachine,
  { runsServices, parts, active, changed }: Starting,
): Promise<readonly string[]> {
  const { systemctl } = machine;
  const podman = runsServices ? [PODMAN_UNIT, ...((await hasUnit(machine, RESTART_UNIT)) ? [RESTART_UNIT] : [])] : [];
  const units = [...podman, ...parts.map(({ unit }) => unit), UNIT];
  await systemctl('daemon-reload');
  await systemctl('enable', '--quiet', ...units);
  if (runsServices) await systemctl('start', PODMAN_UNIT);
  for (const { unit } of parts) await systemctl(verbFor(unit, { active, changed }), unit);
  await systemctl(changed.has(UNIT) ? 'restart' : 'start', UNIT);
  return units;
}

/** The proxy carries traffic: it reads its files again, and no connection ends. */
function verbFor(unit: string, { active, changed }: Pick<Starting, 'active' | 'changed'>): string {
  if (!active.has(unit) || !changed.has(unit)) return 'start';
  return unit === UNIT_OF.proxy ? 'reload' : 'restart';
}

/** Removes units of ours whose part a setting names elsewhere now. */
export async function removeUnwanted(
  { systemctl }: SystemdMachine,
  { units }: Places,
  parts: readonly UnitPart[],
): Promise<void> {
  for (const unit of Object.values(UNIT_OF)) {
    const file = join(units, unit);
    if (parts.some((part) => part.unit === unit) || !existsSync(file)) continue;
    await systemctl('disable', '--now', '--quiet', unit);
    rmSync(file);
  }
}
