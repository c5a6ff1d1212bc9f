/** Accounts of programs that run beside us: without a password, a shell or a home. */
import { execFileSync } from 'node:child_process';
import { accountNamed } from './accounts.ts';
import { bareEnv } from './bare-env.ts';
import { where } from './locate.ts';

const MAKE = [
  '--system',
  '--user-group',
  '--no-create-home',
  '--home-dir',
  '/nonexistent',
  '--shell',
  '/usr/sbin/nologin',
];

/**
 * Makes the account and its group where there is none. Does nothing unless this is root.
 *
 * @throws Error with the words of useradd(8)
 */
export function ensureServiceAccount(name: string, comment: string): void {
  if (process.getuid?.() !== 0 || accountNamed(name) !== undefined) return;
  execFileSync(where('useradd'), [...MAKE, '--comment', comment, name], {
    env: bareEnv(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}
