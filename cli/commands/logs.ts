import type { Command } from 'commander';
import { formatClock } from '../../contracts/core/time.ts';
import type { Selector } from '../../contracts/github/selector.ts';
import type { LogLine } from '../../contracts/deployment/logs.ts';
import { findAccess } from '../access.ts';
import { printLog } from '../client/follow-log.ts';
import { fetchLog, logPath } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { paint, progress, printResult } from '../context.ts';
import { plainText, plainLines } from '../show/plain.ts';
import { define, workSelector } from './define.ts';

/** `landfall logs ID [-f]`: the log of a build or a deployment. */
export function logs(program: Command, context: CommandContext): void {
  define(program, 'logs', 'show the log of a build or a deployment')
    .argument('<id>', 'such as shop.web.production.42, or a release such as shop.web.42 for its build', workSelector)
    .option('-f, --follow', 'until it has ended; with --json one JSON object a line')
    .action(async (id: Selector, { follow }: { follow?: true }) => {
      const http = createHttp(await findAccess(context), context.signal);
      if (follow === true) {
        await printLog(http, logPath(id), {
          signal: context.signal,
          onLine: (line) => context.stdout.write(`${context.json ? JSON.stringify(line) : shown(context, line)}\n`),
          onLost: (why) => progress(context, `connection lost (${plainText(why)}); requesting the rest`),
        });
        return;
      }
      const lines = await fetchLog(http, logPath(id));
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
