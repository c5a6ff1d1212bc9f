import type { Command } from 'commander';
import { Secret } from '../../contracts/core/secret.ts';
import { TYPED, serverUrl, storeAccess } from '../access.ts';
import { CliError } from '../cli-error.ts';
import { fetchServices } from '../client/endpoints.ts';
import { createHttp } from '../client/http.ts';
import type { CommandContext } from '../context.ts';
import { paint, progress, printResult } from '../context.ts';
import { readHiddenLine } from '../read-hidden.ts';
import { define } from './define.ts';

const LOOPBACK = /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|\/|$)/;

/** `landfall login URL`: stores the address and an access token, once the server has accepted the token. */
export function login(program: Command, context: CommandContext): void {
  define(program, 'login', 'store the address of a Landfall and an access token for it')
    .argument('<url>', 'such as https://landfall.example.org')
    .addHelpText('after', '\nA prompt asks for the token; or pipe it in: `landfall login URL < token-file`.')
    .action(async (text: string) => {
      const url = serverUrl(text);
      if (url.startsWith('http:') && !LOOPBACK.test(url)) {
        progress(
          context,
          paint(context, 'stderr', 'yellow', `${url} is not encrypted: everyone on the way can read the token.`),
        );
      }
      const access = { url, token: await readToken(context), from: TYPED, wanted: context.wanted };
      await fetchServices(createHttp(access, context.signal));
      const file = await storeAccess(context, access);
      printResult(context, { url, file }, `Logged in to ${url}. The token is stored in ${file}.`);
    });
}

/** The token is never an argument: every account that may list processes sees those, and the shell keeps them. */
async function readToken(context: CommandContext): Promise<Secret> {
  const token = (await readHiddenLine(context, 'Access token')).trim();
  if (token !== '') return new Secret(token);
  throw new CliError(
    'Read the access token',
    'no token was given',
    'Paste it at the prompt, or use `landfall login URL < token-file`.',
  );
}
