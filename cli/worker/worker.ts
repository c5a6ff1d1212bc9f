/** `landfall worker`: one place's worker in the foreground, as systemd and containers want it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { progress } from '../context.ts';
import { tuningOf } from '../runtime-tuning.ts';

const REMOTE_HOST = fileURLToPath(new URL('../../workers/remote-host.ts', import.meta.url));
/** A worker lets what it does come to rest (five seconds) and sends the last log lines (five more). */
const STOP_MS = 20_000;

export interface WorkerPlace {
  readonly kind: 'host' | 'cluster';
  readonly name: string;
}
const VARIABLES = { host: 'LANDFALL_HOST', cluster: 'LANDFALL_CLUSTER' } as const;

/**
 * Runs it until it ends or the context's signal aborts. It prints to our output.
 *
 * @throws CliError when it ended by itself, or the switch of the tuning is set to what it does not know
 */
export async function worker(context: CommandContext, { kind, name }: WorkerPlace): Promise<void> {
  const tuning = tuningOf(context.env);
  const child = spawn(process.execPath, [...tuning.args, REMOTE_HOST], {
    env: { ...tuning.env, ...context.env, LANDFALL_HOST: '', LANDFALL_CLUSTER: '', [VARIABLES[kind]]: name },
    // The channel ends with this process, however that ends, and the worker with the channel (workers/serve.ts).
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  child.stdout?.pipe(context.stdout, { end: false });
  child.stderr?.pipe(context.stderr, { end: false });
  const stop = () => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), STOP_MS).unref();
  };
  context.signal.addEventListener('abort', stop);
  try {
    // Not 'exit': what it wrote last is still on its way then.
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (code === 0) {
      progress(context, `The worker of ${name} has stopped.`);
      return;
    }
    throw new CliError(
      `Run the worker of ${name}`,
      `it ended by itself, ${code === null ? `by ${String(signal)}` : `with ${String(code)}`}`,
      'Read its output above, then start it again; it continues the work that it had begun.',
    );
  } finally {
    context.signal.removeEventListener('abort', stop);
  }
}
