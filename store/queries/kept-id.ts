/** Ids in the names of today: what something is called moves, and what it is kept as stays. */
import { isName } from '../../contracts/core/names.ts';
import { selectorOf, type Selector } from '../../contracts/github/selector.ts';
import { keptAs } from './kept-name.ts';
import type { Database } from '../open.ts';

/** Reads a text as `selectorOf` does, with the kept id of the thing that it names. */
export async function selectorMeant(db: Database, text: string): Promise<Selector | undefined> {
  const selector = selectorOf(text);
  return selector && NAMED.has(selector.kind) ? { ...selector, id: await keptId(db, selector.id) } : selector;
}

/** Kinds with ids that begin with a project and a service. */
const NAMED: ReadonlySet<Selector['kind']> = new Set(['release', 'build', 'deployment']);

/**
 * @param id - `store`, `store.frontend`, and whatever follows a service in an id
 * @returns what is no such id as it is
 */
export async function keptId(db: Database, id: string): Promise<string> {
  const [project = '', service, ...rest] = id.split('.');
  if (!isName(project) || (service !== undefined && !isName(service))) return id;
  const kept = await keptAs(db, { project, ...(service !== undefined && { service }) });
  return [kept.project, ...(kept.service === undefined ? [] : [kept.service]), ...rest].join('.');
}
