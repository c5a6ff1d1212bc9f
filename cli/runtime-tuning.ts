/** Node's options for the processes that a command starts. */
import { isTuned, runtimeTuning } from '../infra/runtime-tuning/tuning.mjs';
import type { Tuning } from '../infra/runtime-tuning/tuning.mjs';
import type { CommandContext } from './context.ts';
import { CliError, errorText } from './cli-error.ts';

/**
 * @param compiled - the folder in which Node keeps what it has compiled for the next start
 * @throws CliError when the switch is set to what it does not know
 */
export function tuningOf(env: CommandContext['env'], compiled?: string): Tuning {
  try {
    isTuned(env);
  } catch (error) {
    throw new CliError('Start Landfall', errorText(error), 'Correct or unset it.', { cause: error });
  }
  return runtimeTuning(env, compiled);
}
