/** Runs workers/examine-places.ts: the command line itself knows no engine of a target. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ExaminedPlace } from '../../contracts/config/examined-place.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../context.ts';
import { examineOne, type Finding } from './finding.ts';

const EXAMINE_PLACES = fileURLToPath(new URL('../../workers/examine-places.ts', import.meta.url));

/** A finding for each cluster of LANDFALL_CLUSTERS_FILE; one for the file itself where it cannot be read. */
export async function examinePlaces(context: CommandContext): Promise<readonly Finding[]> {
  const file = context.env['LANDFALL_CLUSTERS_FILE'];
  if (!file) return [];
  try {
    return (await examined(context)).map(({ place, ok, detail, todo }) => ({
      ...{ name: place, state: ok ? ('ok' as const) : ('missing' as const), detail },
      ...(todo !== undefined && { todo }),
    }));
  } catch (error) {
    const refused = async () => {
      throw error;
    };
    return [await examineOne('clusters', 'missing', refused)];
  }
}

/** @throws CliError with its own words */
async function examined({ env, signal }: CommandContext): Promise<readonly ExaminedPlace[]> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [EXAMINE_PLACES], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => child.kill('SIGKILL');
  signal.addEventListener('abort', stop);
  try {
    const [said, complaint] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    if (child.exitCode !== 0) {
      const why = complaint.trim().replace(/\.$/, '') || 'it ended without a message';
      throw new CliError('Look at the clusters', why, 'Correct LANDFALL_CLUSTERS_FILE.');
    }
    return said
      .split('\n')
      .filter(Boolean)
      .map((line) => ExaminedPlace.parse(JSON.parse(line)));
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
