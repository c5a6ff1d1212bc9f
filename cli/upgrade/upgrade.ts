/** `landfall upgrade`: has the version of this program take over from the one that runs, in the order of docs/upkeep.md. */
import { setTimeout as delay } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import { brokenLines, type UpgradeCheck } from '../../contracts/core/upgrade-check.ts';
import type { Identity } from '../../infra/dev/identity.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { printResult, progress } from '../context.ts';
import { addressFile, dataDir } from '../data-dir.ts';
import { isBooted, thisMachine, type SystemdMachine } from '../install/machine.ts';
import { UNIT } from '../install/unit.ts';
import { textTable } from '../show/table.ts';
import { readRecord } from '../up/run-record.ts';
import { assertRoom, runCheck } from './check.ts';
import { runningIn } from './running.ts';

export interface UpgradeOptions {
  readonly check?: true;
  readonly dataDir?: string;
}

/** As long as `landfall up` gives Landfall to be ready, and all else before it. */
const READY_MS = 900_000;
const BETWEEN_LOOKS_MS = 500;

/**
 * Looks first, and changes nothing where this version could not go on. Then the service is restarted; a `landfall up` that
 * a person started is left to that person.
 *
 * @throws CliError when this version cannot take over, or does not become ready
 */
export async function upgrade(
  context: CommandContext,
  options: UpgradeOptions,
  machine: SystemdMachine = thisMachine(),
): Promise<void> {
  const attempt = options.check === true ? 'Check the update' : 'Update Landfall';
  const dir = dataDir(context, options.dataDir);
  const running = await runningIn(dir, attempt);
  await assertRoom(dir, attempt);
  progress(context, 'looking at the database, and replaying what is open');
  const check = await runCheck(context, running, attempt);
  assertNothingBreaks(check, attempt);

  const { version, former } = check;
  const isSame = former === version && check.lacks.length === 0 && check.rehearsal === null;
  if (options.check === true || isSame) {
    const text = isSame
      ? `Landfall ${version} runs in ${dir}: there is nothing to update.`
      : `Landfall ${version} can take over.\n\n${facts(check)}`;
    printResult(context, { ...check, dataDir: dir, restarted: false }, text);
    return;
  }
  if (!(await isService(machine, running.up))) {
    const pid = String(running.up.pid);
    const text = `Landfall ${version} can take over.\n\n${facts(check)}\n\n  A person started the \`landfall up\` that runs (process ${pid}): end it with Ctrl-C or \`kill ${pid}\`, and start it again.\n  Services go on being served all the while.`;
    printResult(context, { ...check, dataDir: dir, restarted: false }, text);
    return;
  }
  progress(context, `restarting ${UNIT}; services go on being served`);
  await machine.systemctl('restart', UNIT);
  await untilReady(context, machine, { dir, before: running.up, check });
  printResult(
    context,
    { ...check, dataDir: dir, restarted: true },
    `Landfall ${version} has taken over.\n\n${facts(check)}\n\n  ${wayBack(check)}`,
  );
}

/** @throws CliError that names what is open and would break */
function assertNothingBreaks({ version, rehearsal }: UpgradeCheck, attempt: string): void {
  if (rehearsal === null || rehearsal.broken.length === 0) return;
  throw new CliError(
    attempt,
    `Landfall ${version} could not go on with these of ${String(rehearsal.replayed)} open workflows:\n${brokenLines(rehearsal).join('\n')}`,
    'Leave the version that runs, which goes on, and look again when they have ended (docs/upkeep.md, "Update and back").',
  );
}

function facts({ former, lacks, isNewer, rehearsal }: UpgradeCheck): string {
  const rows = [
    ['runs now', former === null ? 'a version that left no record' : `Landfall ${former}`],
    [
      'open workflows',
      rehearsal === null ? 'the same code ran them' : `${String(rehearsal.replayed)} replayed, all go on`,
    ],
    ['database', databaseWords(lacks, isNewer)],
  ];
  return textTable(rows, '  ');
}

function databaseWords(lacks: readonly string[], isNewer: boolean): string {
  if (lacks.length > 0) return `gets ${lacks.join(', ')}`;
  return isNewer ? 'stays, with additions of a newer version that this one does not need' : 'stays as it is';
}

const wayBack = ({ former }: UpgradeCheck): string =>
  `Back: install ${former === null ? 'the version before' : `Landfall ${former}`} as this one was installed, and run \`landfall upgrade\` again.`;

async function isService(machine: SystemdMachine, { pid }: Identity): Promise<boolean> {
  if (!isBooted(machine)) return false;
  // A machine whose systemd does not know the unit says 0.
  return Number(await machine.systemctl('show', '--property=MainPID', '--value', UNIT)) === pid;
}

interface Restarted {
  readonly dir: string;
  readonly before: Identity;
  readonly check: UpgradeCheck;
}

/** @throws CliError when the service ends instead: systemd starts it again and again */
async function untilReady(
  context: CommandContext,
  { systemctl }: SystemdMachine,
  { dir, before, check }: Restarted,
): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline) {
    context.signal.throwIfAborted();
    const up = (await readRecord(dir))?.up;
    if (up && up.pid !== before.pid && (await isReady(dir))) return;
    const restarts = await systemctl('show', '--property=NRestarts', '--value', UNIT);
    if (Number(restarts) > 0) break;
    await delay(BETWEEN_LOOKS_MS);
  }
  throw new CliError(
    'Update Landfall',
    `Landfall ${check.version} does not become ready. Services go on being served`,
    `\`journalctl -u landfall\` says why. ${wayBack(check)}`,
  );
}

async function isReady(dir: string): Promise<boolean> {
  try {
    const address = (await readFile(addressFile(dir), 'utf8')).trim();
    return (await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}
