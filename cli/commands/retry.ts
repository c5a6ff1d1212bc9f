import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { findAccess } from '../access.ts';
import { postRetry } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import { untilDecided } from '../client/request-release.ts';
import type { CommandContext } from '../context.ts';
import { anyName, define } from './define.ts';
import type { LandOptions } from './land.ts';
import { land, landing } from './land.ts';

/** `landfall retry ID`: a failed or cancelled release once more, where it did not get to. */
export function retry(program: Command, context: CommandContext): void {
  landing(
    define(program, 'retry', 'release the same commit again to the environments that it did not reach').argument(
      '<id>',
      'the id of a release that failed or was cancelled, such as shop.web.42',
      anyName,
    ),
  ).action(async (id: string, options: LandOptions) => {
    const http = createHttp(await findAccess(context), context.signal);
    const requestId = options.requestId ?? randomUUID();
    const ask = () => postRetry(http, id, requestId);
    const accepted = await untilDecided({ what: `Retry ${id}`, requestId, ask, signal: context.signal });
    await land(context, http, accepted, options);
  });
}
