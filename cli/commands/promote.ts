import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { findAccess } from '../access.ts';
import { postPromotion } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import { untilDecided } from '../client/request-release.ts';
import type { CommandContext } from '../context.ts';
import { define, environmentName, serviceKey } from './define.ts';
import type { LandOptions } from './land.ts';
import { land, landing } from './land.ts';

interface Options extends LandOptions {
  readonly environment: string;
}

/** `landfall promote PROJECT/SERVICE -e ENVIRONMENT`: takes what is live in the environment before it there. */
export function promote(program: Command, context: CommandContext): void {
  landing(
    define(program, 'promote', 'deploy the image that is live in the environment before, unchanged')
      .argument('<project/service>', 'such as shop/web', serviceKey)
      .requiredOption('-e, --environment <name>', 'the target environment, such as production', environmentName),
  ).action(async (key: ServiceKey, options: Options) => {
    const http = createHttp(await findAccess(context), context.signal);
    const requestId = options.requestId ?? randomUUID();
    const { environment } = options;
    const accepted = await untilDecided({
      what: `Promote ${key.project}/${key.service} to ${environment}`,
      requestId,
      ask: () => postPromotion(http, { ...key, environment }, requestId),
      signal: context.signal,
    });
    await land(context, http, accepted, options);
  });
}
