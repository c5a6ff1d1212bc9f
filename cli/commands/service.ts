import type { Command } from 'commander';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { findAccess } from '../access.ts';
import { declareService } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { Context } from '../context.ts';
import { result } from '../context.ts';
import { define, serviceKey } from './define.ts';

/** `landfall service add`: a service that lives at a public Git URL, without any GitHub App. */
export function service(program: Command, context: Context): void {
  const group = program.command('service').description('services that live outside GitHub');
  define(group, 'add', 'declare a service that lives at a public Git URL')
    .argument('<project/service>', 'such as shop/web', serviceKey)
    .requiredOption('--url <url>', 'where git fetches it: https://…')
    .option('--branch <branch>', 'the branch to deploy', 'main')
    .action(async (key: ServiceKey, { url, branch }: { url: string; branch: string }) => {
      const http = createHttp(await findAccess(context), context.signal);
      const declared = await declareService(http, { ...key, cloneUrl: url, branch });
      const next = `landfall deploy ${key.project}/${key.service}`;
      result(context, declared, `${key.project}/${key.service} is declared. Deploy it with: ${next}`);
    });
}
