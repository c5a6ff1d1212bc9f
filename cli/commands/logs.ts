import type { Command } from 'commander';
import { formatClock } from '../../contracts/core/time.ts';
import type { Selector } from '../../contracts/github/selector.ts';
import type { LogLine } from '../../contracts/deployment/logs.ts';
import { findAccess } from '../access.ts';
import { printLog, type FollowLogOptions } from '../client/follow-log.ts';
import { followReleaseLogs, releaseLog } from '../client/release-logs.ts';
import { fetchLog, logPath } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { paint, progress, printResult } from '../context.ts';
import { plainText, plainLines } from '../show/plain.ts';
import { define, workSelector } from './define.ts';

/** `landfall logs ID [-f]`: the log of a build or a deployment, or all those of a release. */
export function logs(program: Command, context: CommandContext): void {
  define(program, 'logs', 'show the log of a deployment, or those of a release')
    .argument(
      '<id>',
      'such as shop.web.production.42, or a release such as shop.web.42: its build, then its deployments',
      workSelector,
    )
    .option('-f, --follow', 'until it has ended; with --json one JSON object a line')
    .action(async (id: Selector, { follow }: { follow?: true }) => {
      const http = createHttp(await findAccess(context), context.signal);
      const isRelease = id.kind === 'release';
      if (follow === true) {
        const options: FollowLogOptions = {
          signal: context.signal,
          onLine: (line) => context.stdout.write(`${context.json ? JSON.stringify(line) : shown(context, line)}\n`),
          onLost: (why) => progress(context, `connection lost (${plainText(why)}); requesting the rest`),
        };
        const waiting = isRelease
          ? await followReleaseLogs(http, id.id, options)
          : await printLog(http, logPath(id), options).then(() => []);
        for (const one of waiting) {
          progress(context, `${plainText(one)} waits for approval: landfall approve ${plainText(one)}`);
        }
        return;
      }
      const lines = isRelease ? await releaseLog(http, id.id) : await fetchLog(http, logPath(id));
      if (lines.length === 0) progress(context, 'the log is still empty');
      printResult(context, lines, lines.map((line) => shown(context, line)).join('\n'));
    });
}

/** The width of the time and the source in front of a line. */
const CONTINUED = ' '.repeat(18);

function shown(context: CommandContext, { at, source, text }: LogLine): string {
  const head = paint(context, 'stdout', 'dim', `${formatClock(at)} ${source.padEnd(8)}`);
  return `${head} ${plainLines(text, CONTINUED)}`;
}
