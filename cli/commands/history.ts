import type { Command } from 'commander';
import { shortDigest } from '../../contracts/core/names.ts';
import type { DeploymentView } from '../../contracts/http/api.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { findAccess } from '../access.ts';
import { liveDeployments } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { paint, printResult } from '../context.ts';
import { changesOf, compareLink } from '../show/artefact.ts';
import { plainText } from '../show/plain.ts';
import { keptTitle, serviceTitle } from '../show/service-title.ts';
import { fitLine, isWithin, textTable } from '../show/table.ts';
import { timeAgo } from '../show/time.ts';
import { define, environmentArguments } from './define.ts';

/** `landfall history PROJECT/SERVICE ENVIRONMENT`: which artefact runs there now, and which ones ran before. */
export function history(program: Command, context: CommandContext): void {
  environmentArguments(
    define(program, 'history', 'list the versions that were live in an environment, and their changes'),
  ).action(async (key: ServiceKey, environment: string) => {
    const http = createHttp(await findAccess(context), context.signal);
    const found = await liveDeployments(http, { ...key, environment });
    printResult(context, found, text(context, found));
  });
}

function text(context: CommandContext, found: readonly DeploymentView[]): string {
  if (found.length === 0) return 'Nothing was live there yet.';
  const table = textTable(
    found.map((one) => [
      ...whatChanged(one),
      ...whatItIs(one),
      words(one),
      paint(context, 'stdout', 'dim', compareLink(one.changes)),
    ]),
  );
  const { columns } = context.stdout;
  const shown = columns === undefined || isWithin(table, columns) ? table : stacked(context, found, columns);
  const [first] = found;
  // Ids go on saying the name before.
  return first?.calledNow === undefined ? shown : `${serviceTitle(first)} ${keptTitle(first)}\n${shown}`;
}

const whatChanged = (one: DeploymentView): string[] => [
  plainText(one.id),
  timeAgo(one.updatedAt),
  changesOf(one.changes),
];
const whatItIs = (one: DeploymentView): string[] => [
  shortDigest(plainText(one.digest)),
  plainText(one.builder ?? 'builder unknown'),
];
const words = (one: DeploymentView): string => plainText(`${one.subject} (${one.actor})`);

const INDENT = '  ';

/** Each in lines of its own, for a terminal that is narrower than the table. Links, which cannot be cut, are with `--json`. */
function stacked(context: CommandContext, found: readonly DeploymentView[], columns: number): string {
  const heads = textTable(found.map(whatChanged)).split('\n');
  return found
    .map((one, index) => {
      const more = [words(one), whatItIs(one).join('  ')].map((line) => `${INDENT}${line}`);
      const [head = '', ...rest] = [heads[index] ?? '', ...more].map((line) => fitLine(line, columns));
      return [head, ...rest.map((line) => paint(context, 'stdout', 'dim', line))].join('\n');
    })
    .join('\n');
}
