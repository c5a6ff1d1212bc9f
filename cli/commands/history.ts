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
import { textTable } from '../show/table.ts';
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
      plainText(one.id),
      timeAgo(one.updatedAt),
      changesOf(one.changes),
      shortDigest(plainText(one.digest)),
      plainText(one.builder ?? 'builder unknown'),
      plainText(`${one.subject} (${one.actor})`),
      paint(context, 'stdout', 'dim', compareLink(one.changes)),
    ]),
  );
  const [first] = found;
  // Ids go on saying the name before.
  return first?.calledNow === undefined ? table : `${serviceTitle(first)} ${keptTitle(first)}\n${table}`;
}
