/** Tables of live, running and waiting deployments. */
import { shortCommit } from '../../contracts/core/names.ts';
import { formatTime } from '../../contracts/core/time.ts';
import type { EnvironmentState } from '../../contracts/deployment/deployment.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import { shownAs, type EnvironmentKey } from '../../contracts/core/keys.ts';
import { code, inline, joined, link, ourWords, table, type Markdown } from '../../contracts/core/markdown.ts';
import { presentNames, type PresentNames } from '../../store/queries/names.ts';
import { findEnvironment } from '../../store/queries/views.ts';
import type { ApiDeps } from '../deps.ts';

type TableDeps = Pick<ApiDeps, 'store' | 'temporal'>;

/** The most rows that people read in a comment; each is a query. */
export const MAX_ROWS = 20;

/** The live deployment of each environment, since when, and its gates. */
export async function statusTable(deps: TableDeps, keys: readonly EnvironmentKey[]): Promise<Markdown> {
  const names = await presentNames(deps.store.db);
  const rows = await each(keys, async (key) => {
    const [view, state] = await Promise.all([findEnvironment(deps.store.db, key), deps.temporal.environmentState(key)]);
    const live = view?.live;
    const what = live
      ? link(code(shortCommit(live.commit)), `/deployments/${live.deploymentId}`)
      : ourWords`nothing yet`;
    const crashing = (live?.crashing ?? []).map(
      ({ why }) => ourWords`crashes again and again: ${code(firstLine(why))}`,
    );
    const notServing = (live?.notServing ?? []).map(({ why }) => ourWords`does not serve: ${code(firstLine(why))}`);
    const removed = view?.removedAt === undefined ? [] : [ourWords`no longer in landfall.yaml`];
    const notes = joined(
      [...removed, ...crashing, ...notServing, describeBlocks(state)].filter((note) => note.length > 0),
      '; ',
    );
    return [linked(key, names), what, live ? inline(formatTime(Date.parse(live.since))) : ourWords``, notes];
  });
  return table([ourWords`Environment`, ourWords`Live`, ourWords`Since`, ourWords``], rows);
}

/** The running deployment, then the waiting ones with the reason. */
export async function queueTable({ store, temporal }: TableDeps, keys: readonly EnvironmentKey[]): Promise<Markdown> {
  const names = await presentNames(store.db);
  const rows = await each(keys, async (key) => {
    const state = await temporal.environmentState(key);
    const running = state?.running
      ? [ourWords`${link(code(state.running), `/deployments/${state.running}`)} runs`]
      : [];
    const waiting = (state?.waiting ?? []).map(
      ({ deploymentId, position, why }) =>
        ourWords`${position}. ${link(code(deploymentId), `/deployments/${deploymentId}`)}: ${code(why)}`,
    );
    const lines = [...running, ...waiting];
    return [
      linked(key, names),
      lines.length > 0 ? joined(lines.slice(0, MAX_ROWS), '<br>') : ourWords`idle`,
      describeBlocks(state),
    ];
  });
  return table([ourWords`Environment`, ourWords`Queue`, ourWords``], rows);
}

/** The gates that keep an environment's queue back. */
export function describeBlocks(state: EnvironmentState | null | undefined): Markdown {
  if (state === undefined) return ourWords`does not answer`;
  if (state === null) return ourWords``;
  const { lock, pause, hold, recalling, split = [], maintenance } = state;
  const until = lock && lock.expiresAt !== null ? ourWords` until ${inline(formatTime(lock.expiresAt))}` : ourWords``;
  const held = [
    ...(maintenance ? [ourWords`visitors get a maintenance page, by ${code(maintenance.by.name)}`] : []),
    ...(recalling === undefined ? [] : [code(recalling)]),
    ...split.map(({ place, why }) => ourWords`${code(place)} may not run what is live: ${code(why)}`),
    ...(lock ? [ourWords`locked by ${code(lock.owner.name)}${until}: ${code(lock.reason)}`] : []),
    ...(pause ? [ourWords`paused by ${code(pause.by.name)}: ${code(pause.reason)}`] : []),
    ...(hold ? [ourWords`rolled back by ${code(hold.by.name)}: automatic deployments stay out`] : []),
  ];
  return joined(held, '; ');
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

const linked = (key: EnvironmentKey, names: PresentNames): Markdown =>
  link(
    code(environmentId(shownAs({ key, called: names(key) }))),
    `/environments/${key.project}/${key.service}/${key.environment}`,
  );

async function each(
  keys: readonly EnvironmentKey[],
  row: (key: EnvironmentKey) => Promise<readonly Markdown[]>,
): Promise<readonly (readonly Markdown[])[]> {
  const rows = await Promise.all(keys.slice(0, MAX_ROWS).map(row));
  return keys.length > MAX_ROWS ? [...rows, [ourWords`and ${keys.length - MAX_ROWS} more`]] : rows;
}
