/** Runs workers/try-github.ts: the command line itself knows neither the App's key nor GitHub. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { TrialLine, type TrialChoice, type TrialStep } from '../../contracts/github/app-preflight.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';

const TRY_GITHUB = fileURLToPath(new URL('../../workers/try-github.ts', import.meta.url));
/** An interrupted one waits for what it has sent (12 seconds at most) and takes back what it began (15 more). */
const STOP_MS = 30_000;

export interface TrialRan {
  /** The steps that have ended, in order. The last one may have failed. */
  readonly steps: readonly TrialStep[];
  readonly choices: readonly TrialChoice[];
}

/**
 * @param args - without secrets: every account that may list processes can read them
 * @param onStep - called with every step as it ends
 * @throws CliError when it ended without a reason
 */
export async function runTrial(
  context: CommandContext,
  args: readonly string[],
  onStep: (step: TrialStep) => void,
): Promise<TrialRan> {
  context.signal.throwIfAborted();
  const child = spawn(process.execPath, [TRY_GITHUB, ...args], {
    env: context.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = () => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), STOP_MS).unref();
  };
  context.signal.addEventListener('abort', stop);
  const steps: TrialStep[] = [];
  let choices: readonly TrialChoice[] = [];
  try {
    const closed = once(child, 'close');
    const said = text(child.stderr);
    for await (const line of createInterface({ input: child.stdout })) {
      const read = TrialLine.parse(JSON.parse(line));
      if ('choices' in read) choices = read.choices;
      else if (read.state !== 'running') {
        steps.push(read);
        onStep(read);
      }
    }
    await closed;
    if (child.exitCode !== 0 && !hasFailed(steps)) throw endedByItself(await said);
    context.signal.throwIfAborted();
    return { steps, choices };
  } finally {
    context.signal.removeEventListener('abort', stop);
    if (child.exitCode === null && child.signalCode === null) stop();
  }
}

export const hasFailed = (steps: readonly TrialStep[]): boolean => steps.some(({ state }) => state === 'failed');

const endedByItself = (said: string) =>
  new CliError(
    'Try the GitHub App',
    `it ended by itself: ${said.trim() || 'without a message'}`,
    'Please report this.',
  );
