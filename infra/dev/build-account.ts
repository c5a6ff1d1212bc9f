/** The account whose Podman builds, and whether this machine lets it build. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import {
  accountCommands,
  BUILD_ACCOUNT,
  ensureBuildAccount,
  MAKE_ACCOUNT,
  readAccounts,
} from '../setup/build-account.mjs';
import { accountNamed, type Account } from './accounts.ts';
import { bareEnv } from './bare-env.ts';
import { find } from './locate.ts';
import { lendTun, mayUseTun } from './tun.ts';

/** An account that can build, or the first thing that is lacking, with what to do. */
export type BuildAccount = { readonly account: Account } | { readonly lacks: string };

const PROBE_MS = 10_000;
const TRIES = 3;
const BETWEEN_TRIES_MS = 500;
/** Another program changes the accounts, or the machine is short of something for a moment. */
const PASSING = /cannot lock|try again|temporarily unavailable|cannot allocate memory|did not end|ETIMEDOUT/i;

/**
 * Makes the account if it is missing; only root can. The checks read what root has set up and use programs that read
 * nothing from the account's own files: an escaped build decides nothing here.
 *
 * @throws Error when a complete account could not be tried out, and the cause may pass: builds have used it so far
 */
export async function prepareBuildAccount(): Promise<BuildAccount> {
  const wasComplete = isComplete();
  const unmade = await again(make);
  if (unmade !== undefined) {
    return { lacks: `the account ${BUILD_ACCOUNT} cannot be made: ${unmade}. As root: ${MAKE_ACCOUNT.join(' ')}` };
  }
  const account = accountNamed(BUILD_ACCOUNT);
  if (account === undefined) return { lacks: `the account ${BUILD_ACCOUNT} is not in /etc/passwd` };
  const lacks = (await again(() => lacksUsers(account))) ?? lacksNetwork(account);
  if (lacks === undefined) return { account };
  if (wasComplete && PASSING.test(lacks)) {
    throw new Error(
      `Landfall could not check whether the account ${BUILD_ACCOUNT} can build, so builds are not given to another Podman: ${lacks}. Start again, or name a Podman for them (--build-podman-socket).`,
    );
  }
  return { lacks };
}

async function again(look: () => Promise<string | undefined>): Promise<string | undefined> {
  for (let tries = 1; ; tries += 1) {
    const said = await look();
    if (said === undefined || tries === TRIES || !PASSING.test(said)) return said;
    await delay(BETWEEN_TRIES_MS);
  }
}

/** @returns the reason why it could not be made */
async function make(): Promise<string | undefined> {
  try {
    ensureBuildAccount();
    return undefined;
  } catch (error) {
    return wordsOf(error);
  }
}

function isComplete(): boolean {
  try {
    return accountCommands(readAccounts()).length === 0;
  } catch {
    return false;
  }
}

/** Images have files of several users, which a Podman without root maps to subordinate ids. */
async function lacksUsers(account: Account): Promise<string | undefined> {
  if (find('podman') === undefined) return 'podman was not found';
  const setpriv = find('setpriv');
  if (setpriv === undefined) return 'setpriv was not found: install the package util-linux';
  if (find('newuidmap') === undefined) return 'newuidmap was not found: install the package uidmap';
  const as = ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups'];
  const said = await wordsOfFailure(setpriv, [...as, 'unshare', '--user', '--map-root-user', '--map-auto', 'true']);
  // Before util-linux 2.38 it cannot be tried out like this.
  if (said === undefined || /ENOENT|unrecognized option|No such file/.test(said)) return undefined;
  return `${account.name} may have no users of its own (${said}): allow user namespaces, and newuidmap its rights`;
}

function lacksNetwork(account: Account): string | undefined {
  if (find('slirp4netns') === undefined) return 'slirp4netns was not found: install the package slirp4netns';
  lendTun(account);
  return mayUseTun(account)
    ? undefined
    : `${account.name} may not open /dev/net/tun: \`modprobe tun\`, or give this container the device`;
}

async function wordsOfFailure(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    await promisify(execFile)(command, args, { timeout: PROBE_MS, cwd: '/', env: bareEnv() });
    return undefined;
  } catch (error) {
    const { stderr, killed } = error as { stderr?: string; killed?: boolean };
    if (killed) return `${command} did not end within ${PROBE_MS / 1_000} s`;
    return stderr?.trim() || wordsOf(error);
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
