/** The commands that begin a release share how they request it, follow it and report it. */
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { formatClock } from '../../contracts/core/time.ts';
import type { ReleaseAccepted, ReleaseView } from '../../contracts/http/api.ts';
import { parseDuration } from '../../contracts/core/duration.ts';
import { skippedWithReason } from '../client/request-release.ts';
import { watchRelease, waitsForApproval } from '../client/follow-release.ts';
import type { Http } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { paint, progress, printResult } from '../context.ts';
import { EXIT_CODES_HELP, ExitCode, exitCodeOf } from '../exit-codes.ts';
import { plainText, plainLines } from '../show/plain.ts';

export interface LandOptions {
  readonly requestId?: string;
  readonly wait?: true;
  readonly timeout: number;
}

/** Adds {@link LandOptions}. */
export const landing = (command: Command): Command =>
  command
    .option('--request-id <id>', 'a repeated request with the same id joins the first')
    .option('--wait', 'follow it until the outcome is known, which the exit code reports')
    .addOption(
      new Option('--timeout <duration>', 'the longest wait, such as 90s or 30m')
        .default(3_600_000, '1h')
        .argParser(wait),
    )
    .addHelpText('after', EXIT_CODES_HELP);

/** Says what was released, and with `--wait` what became of it. */
export async function land(
  context: CommandContext,
  http: Http,
  accepted: ReleaseAccepted,
  options: LandOptions,
): Promise<void> {
  const [id = ''] = accepted.released;
  for (const why of skippedWithReason(accepted)) progress(context, `skipped: ${plainText(why)}`);
  if (options.wait !== true) {
    printResult(context, accepted, `${id} is on its way. Follow it with: landfall logs ${id} -f`);
    return;
  }
  const ended = await watchRelease(http, id, {
    timeoutMs: options.timeout,
    signal: context.signal,
    onChange: (line) =>
      progress(context, `${paint(context, 'stderr', 'dim', formatClock(Date.now()))}  ${plainText(line)}`),
  });
  context.exitCode = exitCodeOf(ended);
  printResult(context, ended, summary(context, ended));
}

function wait(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError('Use a duration such as 90s, 30m or 2h.');
  return ms;
}

function summary(context: CommandContext, release: ReleaseView): string {
  const { id, state, failure, deployments } = release;
  const lines = deployments.map((one) => {
    const where = whereabouts(one);
    return `  ${plainText(one.environment)}: ${one.state.replaceAll('_', ' ')}${where === '' ? '' : `, ${plainLines(where, '    ')}`}`;
  });
  if (waitsForApproval(release)) return [`… ${plainText(id)}: waits for approval`, ...lines].join('\n');
  const good = context.exitCode === ExitCode.ok;
  const mark = good ? paint(context, 'stdout', 'green', '✓') : paint(context, 'stdout', 'red', '✗');
  const why = failure && deployments.every((one) => !one.failure) ? [`  ${plainLines(failure.message, '  ')}`] : [];
  return [`${mark} ${plainText(id)}: ${state}`, ...lines, ...why].join('\n');
}

function whereabouts({ id, state, urls, failure }: ReleaseView['deployments'][number]): string {
  if (state === 'live') return urls.join(', ');
  return state === 'awaiting_approval' ? `landfall approve ${id}` : (failure?.message ?? '');
}
