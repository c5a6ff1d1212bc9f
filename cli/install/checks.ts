/** What has to be so before a service is installed, or removed. */
import { existsSync } from 'node:fs';
import { isRunning } from '../../infra/dev/identity.ts';
import { CliError, errorText } from '../cli-error.ts';
import { lastingProcesses } from '../up/lasting.ts';
import { readRecord } from '../up/run-record.ts';
import { changeableByOthers, isBooted, type SystemdMachine } from './machine.ts';
import type { UnitPart } from './parts.ts';
import { PODMAN_UNIT, UNIT } from './unit.ts';

const BY_HAND =
  '`landfall up` needs neither: run it in a terminal, or by a supervisor of your own that sends SIGTERM to it alone and not to its process group.';

/** @throws CliError that says what works instead */
export function assertRootAndSystemd(machine: SystemdMachine, attempt: string): void {
  if (!isBooted(machine)) {
    throw new CliError(attempt, `systemd does not run this machine (there is no ${machine.booted})`, BY_HAND);
  }
  if (!machine.isRoot) {
    throw new CliError(
      attempt,
      'only root can',
      `Run it as root, such as with sudo. Without root, ports below 1024, accounts of their own for the parts and one for builds are lacking; all else works (docs/install.md, "Without systemd, or root"): ${BY_HAND}`,
    );
  }
}

/** `%d`, the folder of a unit's credentials. */
const LEAST_SYSTEMD = 250;

/** @throws CliError when its systemd hands on no credentials, or Podman came without its units */
export async function assertUnits(
  { systemctl }: Pick<SystemdMachine, 'systemctl'>,
  attempt: string,
  runsServices: boolean,
): Promise<void> {
  const version = Number(/^systemd (\d+)/.exec(await systemctl('--version'))?.[1]);
  if (!(version >= LEAST_SYSTEMD)) {
    throw new CliError(
      attempt,
      `systemd is ${String(version)}, and the unit's credentials need ${String(LEAST_SYSTEMD)}`,
      'Write the unit by hand (docs/install.md, "As a service"), with files that only root reads.',
    );
  }
  if (!runsServices || (await hasUnit({ systemctl }, PODMAN_UNIT))) return;
  throw new CliError(
    attempt,
    `there is no unit ${PODMAN_UNIT}, through which services are run`,
    'Install the Podman of your system, which brings it (`landfall setup`), or name the hosts with LANDFALL_HOSTS_FILE.',
  );
}

export const hasUnit = ({ systemctl }: Pick<SystemdMachine, 'systemctl'>, unit: string): Promise<boolean> =>
  systemctl('cat', unit).then(
    () => true,
    () => false,
  );

/** @throws CliError when another account could change what root would run, or the next `npx` removes it */
export function assertLasting(program: readonly string[], attempt: string): void {
  for (const file of program) {
    if (/[/]_npx[/]/.test(file)) {
      throw new CliError(attempt, `${file} is in the cache of npx`, 'Install the package: npm install --global …');
    }
    const open = changeableByOthers(file);
    if (open === undefined) continue;
    throw new CliError(
      attempt,
      `other accounts than root may change ${open}, and root would run ${file}`,
      'Install Node and Landfall for the whole system, as root.',
    );
  }
}

/** @throws CliError for a folder that the service cannot write to, or that does not last */
export function assertForData({ notForData }: Pick<SystemdMachine, 'notForData'>, dir: string, attempt: string): void {
  if (!notForData.test(dir)) return;
  throw new CliError(attempt, `${dir} is no place for a service's data`, 'Choose one such as /var/lib/landfall.');
}

/** @throws CliError for a program in a folder that the units of parts do not see */
export function assertForUnits(
  { hiddenFromUnits }: Pick<SystemdMachine, 'hiddenFromUnits'>,
  programs: readonly string[],
  attempt: string,
): void {
  const hidden = programs.find((file) => hiddenFromUnits.test(file));
  if (hidden === undefined) return;
  throw new CliError(
    attempt,
    `${hidden} is in a folder that services do not see`,
    'Install it for the whole system: `landfall setup` as root does.',
  );
}

/** @throws CliError when a `landfall up` that is not the service uses the folder */
export async function assertFolderFree(
  { systemctl }: Pick<SystemdMachine, 'systemctl'>,
  dir: string,
  attempt: string,
): Promise<void> {
  const up = (await readRecord(dir))?.up;
  if (up === undefined || !(await isRunning(up))) return;
  const main = await systemctl('show', '--property=MainPID', '--value', UNIT).catch((error: unknown) =>
    errorText(error),
  );
  if (Number(main) === up.pid) return;
  throw new CliError(
    attempt,
    `a \`landfall up\` (process ${String(up.pid)}) uses ${dir}`,
    `End it with Ctrl-C or \`kill ${String(up.pid)}\`: services go on being served, and the service adopts what serves them.`,
  );
}

/** Debian's own unit of the registry, which its package enables, and its port. */
const DEBIAN_REGISTRY = { unit: 'docker-registry.service', port: 5000 } as const;

/**
 * Looks for what the units of these parts would collide with when they start: another program on a port, now or after
 * the next boot, or a proxy and a registry that a `landfall up` by hand left running.
 *
 * @throws CliError that says which one, and what to do
 */
export async function assertNothingInTheWay(
  { systemctl, assertFree }: Pick<SystemdMachine, 'systemctl' | 'assertFree'>,
  dir: string,
  parts: readonly UnitPart[],
): Promise<void> {
  const left = existsSync(dir) ? await lastingProcesses(dir) : [];
  for (const { name, pid } of left) {
    const unit = parts.find(({ part }) => part === name)?.unit;
    if (unit === undefined) continue;
    throw new CliError(
      `Start ${unit}`,
      `the ${name} (process ${String(pid)}) of an earlier \`landfall up\` runs in ${dir}`,
      `End it with \`landfall down --data-dir ${dir}\`: services go offline until the units run.`,
    );
  }
  const listens = parts.flatMap((part) => part.listens.map((one) => ({ ...one, unit: part.unit })));
  const registry = listens.find(({ port }) => port === DEBIAN_REGISTRY.port);
  if (registry !== undefined && (await isEnabled({ systemctl }, DEBIAN_REGISTRY.unit))) {
    throw new CliError(
      `Start ${registry.unit}`,
      `${DEBIAN_REGISTRY.unit} of the system's package takes port ${String(DEBIAN_REGISTRY.port)} after each boot`,
      `Run \`systemctl disable --now ${DEBIAN_REGISTRY.unit}\`; the program of the package is used all the same. If it is yours, choose another port with --registry-port.`,
    );
  }
  for (const { port, what, option } of listens) await assertFree(`http://127.0.0.1:${String(port)}`, what, option);
}

const isEnabled = ({ systemctl }: Pick<SystemdMachine, 'systemctl'>, unit: string): Promise<boolean> =>
  systemctl('is-enabled', '--quiet', unit).then(
    () => true,
    () => false,
  );
