import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { findAccess } from '../access.ts';
import { createHttp } from '../client/http.ts';
import { requestRelease } from '../client/request-release.ts';
import type { CommandContext } from '../context.ts';
import { define, environmentName, serviceKey } from './define.ts';
import type { LandOptions } from './land.ts';
import { land, landing } from './land.ts';

interface Options extends LandOptions {
  readonly environment?: string;
  readonly ref?: string;
  readonly tag?: string;
}

/** `landfall deploy PROJECT/SERVICE`: releases a branch, tag or commit, and with `--wait` follows it to its outcome. */
export function deploy(program: Command, context: CommandContext): void {
  landing(
    define(program, 'deploy', 'build and deploy a branch, a tag or a commit')
      .argument('<project/service>', 'such as shop/web', serviceKey)
      .option('-e, --environment <name>', 'only this one (default: all that the branch deploys to)', environmentName)
      .option('--tag <tag>', 'a git tag, in place of --ref: its image gets the version as a tag, too')
      .option('--ref <ref>', "a branch or a full commit id (default: the service's branch)"),
  ).action(async (key: ServiceKey, options: Options) => {
    const http = createHttp(await findAccess(context), context.signal);
    // Made here, so that asking again after a lost answer joins the request instead of making a second one.
    const requestId = options.requestId ?? randomUUID();
    const { environment, ref, tag } = options;
    const asked = { ...key, requestId, ...(environment && { environment }), ...(ref && { ref }), ...(tag && { tag }) };
    await land(context, http, await requestRelease(http, asked, context.signal), options);
  });
}
