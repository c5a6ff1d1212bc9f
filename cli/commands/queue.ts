import type { Command } from 'commander';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { shortCommit } from '../../contracts/core/names.ts';
import type { EnvironmentNow, EnvironmentStatus } from '../../contracts/http/people.ts';
import { findAccess } from '../access.ts';
import { environmentStatus } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { paint, result } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { plain } from '../show/plain.ts';
import { table } from '../show/table.ts';
import { define, ofEnvironment } from './define.ts';

/** `landfall queue PROJECT/SERVICE ENVIRONMENT`: what runs, what waits in which order and why. */
export function queue(program: Command, context: CommandContext): void {
  ofEnvironment(define(program, 'queue', 'show what runs and waits in an environment, and why')).action(
    async (key: ServiceKey, environment: string) => {
      const http = createHttp(await findAccess(context), context.signal);
      const status = await environmentStatus(http, { ...key, environment });
      if (!status.answered) context.exitCode = ExitCode.error;
      result(context, status, text(context, status));
    },
  );
}

function text(
  context: CommandContext,
  { project, service, environment, live, answered, now }: EnvironmentStatus,
): string {
  const title = paint(context, 'stdout', 'bold', plain(`${project}/${service} ${environment}`));
  const rows = [
    ['live', live ? plain(`${live.deploymentId}  ${shortCommit(live.commit)}`) : 'nothing yet'],
    ...(live?.crashing ?? []).map(({ since, why }) => ['crashes', plain(`since ${since}: ${why}`)]),
    ...(now ? blocks(now) : []),
    ...(now?.running ? [['runs', plain(now.running)]] : []),
    ...(now?.halted ? [['halted', plain(now.halted)]] : []),
  ];
  const waiting = now?.waiting.map((one) => [String(one.position), plain(one.deploymentId), plain(one.why)]) ?? [];
  const queued = waiting.length === 0 ? '  nothing waits' : table(waiting, '  ');
  const silent = '  the environment does not answer: what waits there is not known';
  return [title, table(rows, '  '), answered ? queued : silent].join('\n');
}

function blocks({ lock, pause, hold, recalling, split = [] }: EnvironmentNow): string[][] {
  const until = lock?.expiresAt ? ` until ${lock.expiresAt}` : '';
  return [
    ...(recalling === undefined ? [] : [['not known', plain(recalling)]]),
    ...split.map(({ place, why }) => ['split', plain(`${place} may not run what is live: ${why}`)]),
    ...(lock ? [['locked', plain(`by ${lock.owner.name}${until}: ${lock.reason}`)]] : []),
    ...(pause ? [['paused', plain(`by ${pause.by.name}: ${pause.reason}`)]] : []),
    ...(hold ? [['held', plain(`after the rollback by ${hold.by.name}: automatic deployments stay out`)]] : []),
  ];
}
