/** `landfall demo`: five acts on a stage that is set up for them and taken down again. */
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readForeign } from '../../infra/dev/foreign-file.ts';
import { assertTools } from '../../infra/dev/locate.ts';
import { releasePorts } from '../../infra/dev/process.ts';
import { removeTree } from '../../infra/dev/remove-tree.ts';
import { CliError, errorText } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { ACTS } from './acts.ts';
import type { Cleanup } from './cleanup.ts';
import { createCleanup } from './cleanup.ts';
import { showActs } from './closing.ts';
import type { Narrator } from './narrator.ts';
import { createNarrator } from './narrator.ts';
import type { Played } from './play.ts';
import { play } from './play.ts';
import type { Stage } from './stage.ts';
import { setStage } from './stage.ts';
import { stay } from './stay.ts';

/**
 * Plays all acts and takes everything down: at once with `once`, otherwise when a signal comes.
 *
 * @throws CliError when an act did not end as it has to; then the logs are kept.
 */
export async function demo(context: CommandContext, options: { readonly once: boolean }): Promise<void> {
  const narrator = createNarrator(context);
  const cleanup = createCleanup();
  // Short: the path of a Unix socket in it has at most 107 characters.
  const dir = await mkdtemp(join(tmpdir(), 'landfall-'));
  // Taken back last: until then everything listens on them.
  cleanup.add('ports', async () => releasePorts());
  cleanup.add(dir, () => removeTree(dir));
  try {
    await run(context, options, dir, narrator, cleanup);
  } catch (error) {
    if (!context.signal.aborted) await keepLogs(dir, narrator);
    throw error;
  } finally {
    narrator.title('Taking everything down');
    const left = await cleanup.run();
    for (const one of left) narrator.say(`left over, remove it by hand: ${one}`);
    if (left.length > 0) context.exitCode = ExitCode.error;
  }
}

async function run(
  context: CommandContext,
  { once: ends }: { once: boolean },
  dir: string,
  narrator: Narrator,
  cleanup: Cleanup,
) {
  const stage = await standing(context, dir, narrator, cleanup);
  const played = await Promise.race([playAll(stage, narrator, context.signal), stage.landfall.lost]);
  showActs(context, played);
  if (!ends) await stay(context, stage);
}

/** More than a demo writes into one. */
const KEPT_BYTES = 4_000_000;

/** The folder is removed with everything in it; what says why the demo failed is not. */
async function keepLogs(dir: string, narrator: Narrator): Promise<void> {
  const kept = await mkdtemp(`${dir}-logs-`);
  const logs = (await readdir(dir, { recursive: true })).filter((name) => name.endsWith('.log'));
  for (const name of logs) {
    // The database's account writes some of them: a link there must not lead to a file that only root may read.
    const text = readForeign(join(dir, name), KEPT_BYTES);
    if (text !== undefined) await writeFile(join(kept, name.replaceAll('/', '-')), text);
  }
  narrator.say(`The logs are kept in ${kept}.`);
}

async function standing(context: CommandContext, dir: string, narrator: Narrator, cleanup: Cleanup): Promise<Stage> {
  narrator.title('Landfall demo');
  narrator.say(
    'Git, Temporal, registry, Podman and HAProxy are the real ones. GitHub is a stand-in, held to its API description.',
  );
  try {
    assertTools('demo');
    return await setStage(dir, cleanup, narrator, context.signal);
  } catch (error) {
    context.signal.throwIfAborted();
    throw new CliError(
      'Set the stage',
      errorText(error),
      'Run `landfall setup --demo`; where it cannot install, it says what is missing and how to get it.',
      { cause: error },
    );
  }
}

async function playAll(stage: Stage, narrator: Narrator, signal: AbortSignal): Promise<Played[]> {
  const played: Played[] = [];
  for (const act of ACTS) played.push(await play(stage, act, narrator, signal));
  return played;
}
