/** Starts what a unit says as systemd would: its command line, account, variables, working folder and credentials. */
import { chownSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from '../../../infra/dev/accounts.ts';
import { startProcess, type Process } from '../../../infra/dev/process.ts';
import { onCleanup } from '../../support/cleanup.ts';

export interface Surroundings {
  /** In place of /run/credentials. */
  readonly credentialsHome: string;
  readonly account: (name: string) => Account | undefined;
  readonly logFile: string;
}

export async function startUnit(name: string, text: string, around: Surroundings): Promise<Process> {
  const account = around.account(valuesOf(text, 'User')[0] ?? '');
  const own = join(around.credentialsHome, name);
  mkdirSync(own, { recursive: true, mode: 0o711 });
  for (const line of valuesOf(text, 'LoadCredential')) {
    const [credential = '', file = ''] = line.split(':');
    copyFileSync(file, join(own, credential));
    if (account) chownSync(join(own, credential), account.uid, account.gid);
  }
  const given = valuesOf(text, 'Environment').map((line) => line.split(/=(.*)/s) as [string, string]);
  const env = { HOME: account?.home ?? '/root', ...Object.fromEntries(given) };
  const common = { env, cwd: valuesOf(text, 'WorkingDirectory')[0] ?? '/', logFile: around.logFile };
  for (const line of valuesOf(text, 'ExecStartPre')) {
    const [command = '', ...args] = wordsOf(line.replace(/^-/, ''));
    await (
      await startProcess({ ...common, command, args, ...(account && { account }) })
    ).exited;
  }
  const [command = '', ...args] = wordsOf(valuesOf(text, 'ExecStart')[0] ?? '');
  const started = await startProcess({ ...common, command, args, ...(account && { account }) });
  onCleanup(() => started.stop(valuesOf(text, 'KillSignal')[0] === 'SIGINT' ? 'SIGINT' : 'SIGTERM'));
  return started;
}

/** Specifiers of systemd are no part of a part's unit: a `%` is written twice. */
const valuesOf = (text: string, key: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value.replaceAll('%%', '%'));

const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => (quoted ?? bare ?? '').replaceAll('$$', '$'));
