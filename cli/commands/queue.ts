import type { Command } from 'commander';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import type { EnvironmentNow, EnvironmentStatus } from '../../contracts/http/people.ts';
import { findAccess } from '../access.ts';
import { environmentStatus } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { paint, printResult } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { plainText } from '../show/plain.ts';
import { keptTitle, serviceTitle } from '../show/service-title.ts';
import { textTable } from '../show/table.ts';
import { define, environmentArguments } from './define.ts';

/** `landfall queue PROJECT/SERVICE ENVIRONMENT`: what runs, what waits in which order and why. */
export function queue(program: Command, context: CommandContext): void {
  environmentArguments(define(program, 'queue', 'show what runs and waits in an environment, and why')).action(
    async (key: ServiceKey, environment: string) => {
      const http = createHttp(await findAccess(context), context.signal);
      const status = await environmentStatus(http, { ...key, environment });
      if (!status.answered) context.exitCode = ExitCode.error;
      printResult(context, status, text(context, status));
    },
  );
}

function text(
  context: CommandContext,
  { environment, removedAt, live, answered, now, ...named }: EnvironmentStatus,
): string {
  const name = paint(context, 'stdout', 'bold', `${serviceTitle(named)} ${plainText(environment)}`);
  const title = [name, keptTitle(named)].filter((part) => part !== '').join(' ');
  const rows = [
    ...(removedAt === undefined ? [] : [['removed', `no longer in landfall.yaml since ${plainText(removedAt)}`]]),
    ['live', live ? plainText(`${live.deploymentId}  ${shortCommit(live.commit)}`) : 'nothing yet'],
    ...(live?.crashing ?? []).map(({ since, why }) => ['crashes', plainText(`since ${since}: ${why}`)]),
    ...(live?.notServing ?? []).map(({ since, why }) => ['not serving', plainText(`since ${since}: ${why}`)]),
    ...(now ? [...maintenanceRows(now), ...blocks(now)] : []),
    ...(now?.running ? [['runs', plainText(now.running)]] : []),
    ...(now?.halted ? [['halted', plainText(now.halted)]] : []),
  ];
  const waiting =
    now?.waiting.map((one) => [String(one.position), plainText(one.deploymentId), plainText(one.why)]) ?? [];
  const queued = waiting.length === 0 ? '  nothing waits' : textTable(waiting, '  ');
  const silent = '  the environment does not answer: what waits there is not known';
  return [title, textTable(rows, '  '), answered ? queued : silent].join('\n');
}

function maintenanceRows({ maintenance, unpaged = [] }: EnvironmentNow): string[][] {
  const until = maintenance?.until ? ` until ${maintenance.until}` : '';
  const reason = maintenance?.reason ? `: ${maintenance.reason}` : '';
  return [
    ...(maintenance
      ? [['maintenance', plainText(`a page stands in front of it${until}, by ${maintenance.by.name}${reason}`)]]
      : []),
    ...unpaged.map(({ place, why }) => [maintenance ? 'no page' : 'page left', plainText(`${place}: ${why}`)]),
  ];
}

function blocks({ lock, pause, hold, recalling, split = [], destruction }: EnvironmentNow): string[][] {
  const until = lock?.expiresAt ? ` until ${lock.expiresAt}` : '';
  return [
    ...(destruction
      ? [
          ['destroyed', plainText(`by ${destruction.by.name} since ${destruction.at}: it is under way`)],
          ...destruction.places.map(({ place, why }) => ['not clear', plainText(`${place}: ${why}`)]),
        ]
      : []),
    ...(recalling === undefined ? [] : [['not known', plainText(recalling)]]),
    ...split.map(({ place, why }) => ['split', plainText(`${place} may not run what is live: ${why}`)]),
    ...(lock ? [['locked', plainText(`by ${lock.owner.name}${until}: ${lock.reason}`)]] : []),
    ...(pause ? [['paused', plainText(`by ${pause.by.name}: ${pause.reason}`)]] : []),
    ...(hold ? [['held', plainText(`after the rollback by ${hold.by.name}: automatic deployments stay out`)]] : []),
  ];
}
