/** What is live, what runs and what waits, as tables. */
import { shortCommit } from '../../contracts/core/names.ts';
import { formatTime } from '../../contracts/core/time.ts';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { code } from '../../contracts/core/markdown.ts';
import { findEnvironment } from '../../store/queries/views.ts';
import type { ApiDeps } from '../deps.ts';

type TellDeps = Pick<ApiDeps, 'store' | 'temporal'>;

/** As many as anybody reads in a comment; each is asked anew. */
export const MAX_ROWS = 20;

/** What is live where, since when, and what holds it back. */
export async function tellStatus(deps: TellDeps, keys: readonly EnvironmentKey[]): Promise<string> {
  const rows = await each(keys, async (key) => {
    const [view, state] = await Promise.all([findEnvironment(deps.store.db, key), deps.temporal.environmentState(key)]);
    const live = view?.live;
    const what = live ? `[${code(shortCommit(live.commit))}](/deployments/${live.deploymentId})` : 'nothing yet';
    const crashing = (live?.crashing ?? []).map(({ why }) => `crashes again and again: ${code(firstLine(why))}`);
    const notes = [...crashing, gates(state)].filter((note) => note !== '').join('; ');
    return [link(key), what, live ? formatTime(Date.parse(live.since)) : '', notes];
  });
  return table(['Environment', 'Live', 'Since', ''], rows);
}

/** What runs, then what waits with why. */
export async function tellQueue({ temporal }: TellDeps, keys: readonly EnvironmentKey[]): Promise<string> {
  const rows = await each(keys, async (key) => {
    const state = await temporal.environmentState(key);
    const running = state?.running ? [`[${code(state.running)}](/deployments/${state.running}) runs`] : [];
    const waiting = (state?.waiting ?? []).map(
      ({ deploymentId, position, why }) =>
        `${position}. [${code(deploymentId)}](/deployments/${deploymentId}): ${code(why)}`,
    );
    const lines = [...running, ...waiting];
    return [link(key), lines.length > 0 ? lines.slice(0, MAX_ROWS).join('<br>') : 'idle', gates(state)];
  });
  return table(['Environment', 'Queue', ''], rows);
}

/** What keeps an environment's queue back. */
export function gates(state: EnvironmentState | null | undefined): string {
  if (state === undefined) return 'does not answer';
  if (state === null) return '';
  const { lock, pause, hold, recalling, split = [] } = state;
  const until = lock && lock.expiresAt !== null ? ` until ${formatTime(lock.expiresAt)}` : '';
  return [
    ...(recalling === undefined ? [] : [code(recalling)]),
    ...split.map(({ place, why }) => `${code(place)} may not run what is live: ${code(why)}`),
    ...(lock ? [`locked by ${code(lock.owner.name)}${until}: ${code(lock.reason)}`] : []),
    ...(pause ? [`paused by ${code(pause.by.name)}: ${code(pause.reason)}`] : []),
    ...(hold ? [`rolled back by ${code(hold.by.name)}: automatic deployments stay out`] : []),
  ].join('; ');
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

const link = (key: EnvironmentKey): string =>
  `[${code(environmentId(key))}](/environments/${key.project}/${key.service}/${key.environment})`;

async function each(
  keys: readonly EnvironmentKey[],
  row: (key: EnvironmentKey) => Promise<readonly string[]>,
): Promise<readonly (readonly string[])[]> {
  const rows = await Promise.all(keys.slice(0, MAX_ROWS).map(row));
  return keys.length > MAX_ROWS ? [...rows, [`and ${keys.length - MAX_ROWS} more`]] : rows;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${heads.map((_, index) => (cells[index] ?? '').replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
