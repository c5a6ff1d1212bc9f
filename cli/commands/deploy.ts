import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { randomUUID } from 'node:crypto';
import type { ReleaseView } from '../../contracts/api.ts';
import { parseDuration } from '../../contracts/duration.ts';
import type { ServiceKey } from '../../contracts/keys.ts';
import { findAccess } from '../access.ts';
import { followRelease } from '../client/follow-release.ts';
import { createHttp } from '../client/http.ts';
import { requestRelease } from '../client/request-release.ts';
import type { Context } from '../context.ts';
import { paint, progress, result } from '../context.ts';
import { EXIT_CODES_HELP, ExitCode, exitCodeOf } from '../exit-codes.ts';
import { plain, plainLines } from '../show/plain.ts';
import { clock } from '../show/time.ts';
import { define, environmentName, serviceKey } from './define.ts';

interface Options {
  readonly environment?: string;
  readonly ref?: string;
  readonly requestId?: string;
  readonly wait?: true;
  readonly timeout: number;
}

/** `landfall deploy PROJECT/SERVICE`: releases a branch or commit, and with `--wait` follows it to its outcome. */
export function deploy(program: Command, context: Context): void {
  define(program, 'deploy', 'build and deploy a branch or a commit')
    .argument('<project/service>', 'such as shop/web', serviceKey)
    .option('-e, --environment <name>', 'only this one (default: all that the branch deploys to)', environmentName)
    .option('--ref <ref>', "a branch or a full commit id (default: the service's branch)")
    .option('--request-id <id>', 'asking again with the same one joins the same request')
    .option('--wait', 'follow it until the outcome is known; the exit code tells it')
    .addOption(
      new Option('--timeout <duration>', 'the most to wait, such as 90s or 30m')
        .default(3_600_000, '1h')
        .argParser(wait),
    )
    .addHelpText('after', EXIT_CODES_HELP)
    .action(async (key: ServiceKey, options: Options) => {
      const http = createHttp(await findAccess(context), context.signal);
      // Made here, so that asking again after a lost answer joins the request instead of making a second one.
      const requestId = options.requestId ?? randomUUID();
      const { environment, ref } = options;
      const asked = { ...key, requestId, ...(environment && { environment }), ...(ref && { ref }) };
      const accepted = await requestRelease(http, asked, context.signal);
      const [id = ''] = accepted.released;
      for (const skipped of accepted.skipped) progress(context, `skipped: ${plain(skipped)}`);
      if (options.wait !== true) {
        result(context, accepted, `${id} is on its way. Follow it with: landfall logs ${id} -f`);
        return;
      }
      const ended = await followRelease(http, id, {
        timeoutMs: options.timeout,
        signal: context.signal,
        onChange: (line) => progress(context, `${paint(context, 'stderr', 'dim', clock(Date.now()))}  ${plain(line)}`),
      });
      context.exitCode = exitCodeOf(ended);
      result(context, ended, summary(context, ended));
    });
}

function wait(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError('Use a duration such as 90s, 30m or 2h.');
  return ms;
}

function summary(context: Context, { id, state, failure, deployments }: ReleaseView): string {
  const good = context.exitCode === ExitCode.ok;
  const mark = good ? paint(context, 'stdout', 'green', '✓') : paint(context, 'stdout', 'red', '✗');
  const lines = deployments.map((one) => {
    const where = one.state === 'live' ? one.urls.join(', ') : (one.failure?.message ?? '');
    return `  ${plain(one.environment)}: ${one.state.replaceAll('_', ' ')}${where === '' ? '' : `, ${plainLines(where, '    ')}`}`;
  });
  const why = failure && deployments.every((one) => !one.failure) ? [`  ${plainLines(failure.message, '  ')}`] : [];
  return [`${mark} ${plain(id)}: ${state}`, ...lines, ...why].join('\n');
}
