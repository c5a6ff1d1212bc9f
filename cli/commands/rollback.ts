import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { findAccess } from '../access.ts';
import { postRollback } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import { untilDecided } from '../client/request-release.ts';
import type { CommandContext } from '../context.ts';
import { anyName, define, environmentArguments } from './define.ts';
import type { LandOptions } from './land.ts';
import { land, landing } from './land.ts';

interface Options extends LandOptions {
  readonly to?: string;
}

/** `landfall rollback PROJECT/SERVICE ENVIRONMENT`: brings back what was live there, as a deployment of its own. */
export function rollback(program: Command, context: CommandContext): void {
  landing(
    environmentArguments(
      define(program, 'rollback', 'bring back a version that was live in an environment before'),
    ).option(
      '--to <id>',
      'the version to bring back, by its id, number or commit (default: the one before the live one)',
      anyName,
    ),
  ).action(async (key: ServiceKey, environment: string, options: Options) => {
    const http = createHttp(await findAccess(context), context.signal);
    const requestId = options.requestId ?? randomUUID();
    const asked = { requestId, ...(options.to !== undefined && { to: options.to }) };
    const accepted = await untilDecided({
      what: `Roll back ${key.project}/${key.service} ${environment}`,
      requestId,
      ask: () => postRollback(http, { ...key, environment }, asked),
      signal: context.signal,
    });
    await land(context, http, accepted, options);
  });
}
