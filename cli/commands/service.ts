import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { findAccess } from '../access.ts';
import { declareService, moveName } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { printResult } from '../context.ts';
import { define, serviceKey } from './define.ts';

/** `landfall service add`: a service that lives at a public Git URL, without any GitHub App. */
export function service(program: Command, context: CommandContext): void {
  const group = program.command('service').description('services that live outside GitHub, and names of services');
  define(group, 'add', 'declare a service that lives at a public Git URL')
    .argument('<project/service>', 'such as shop/web', serviceKey)
    .requiredOption('--url <url>', 'its address for git: https://…')
    .option('--branch <branch>', 'the branch to deploy', 'main')
    .action(async (key: ServiceKey, { url, branch }: { url: string; branch: string }) => {
      const http = createHttp(await findAccess(context), context.signal);
      const declared = await declareService(http, { ...key, cloneUrl: url, branch });
      const next = `landfall deploy ${key.project}/${key.service}`;
      printResult(context, declared, `${key.project}/${key.service} is declared. Deploy it with: ${next}`);
    });
  define(group, 'move', 'rename a project or a service; its secrets, locks and history stay with it')
    .argument('<from>', 'such as shop, or shop/web', calledSo)
    .argument('<to>', 'such as store, or shop/frontend', calledSo)
    .action(async (from: string, to: string) => {
      const http = createHttp(await findAccess(context), context.signal);
      const moved = await moveName(http, from, to);
      const kept = `It is kept as ${moved.keptAs}: ids, secrets, locks and history go on under that name, and both names mean it.`;
      printResult(
        context,
        moved,
        `${from} is called ${to} now. ${kept} Write the new name into landfall.yaml and push.`,
      );
    });
}

function calledSo(text: string): string {
  if (/^[a-z0-9-]{1,40}(?:\/[a-z0-9-]{1,40})?$/.test(text)) return text;
  throw new InvalidArgumentError('Use PROJECT or PROJECT/SERVICE in lower-case letters, digits and dashes.');
}
