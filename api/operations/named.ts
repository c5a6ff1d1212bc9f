/**
 * Finds the release, deployment or build that a person means, by any id that Landfall prints and however it was copied.
 */
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { environmentOf, releaseOf } from '../../contracts/core/ids.ts';
import { isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import type { Selector } from '../../contracts/github/selector.ts';
import { findNamed, type NameQuery, type NamedRelease } from '../../store/queries/named.ts';
import type { ApiDeps } from '../deps.ts';
import { selectorMeant } from '../../store/queries/kept-id.ts';

export type Named = 'release' | 'deployment' | 'build';
/** The purpose: of several, only those are meant for which it makes sense. */
export type Doing = 'look' | 'decide' | 'stop';

/**
 * @returns the id of what is meant; `undefined` for what is no id, and for one that nothing is known of
 * @throws `Ambiguous` with the candidates when several are meant
 */
export async function idMeant(
  { store }: Pick<ApiDeps, 'store'>,
  { text, wanted, doing }: { readonly text: string; readonly wanted: Named; readonly doing: Doing },
): Promise<string | undefined> {
  const selector = await selectorMeant(store.db, text);
  if (!selector) return undefined;
  const { kind, id } = selector;
  // The caller finds out whether there is such a one.
  if (kind === wanted || kind === 'job') return id;
  // A release's first build has its id.
  if (kind === 'release' && wanted === 'build') return id;
  const found = await findNamed(store.db, nameOf(selector));
  const all = [...new Set(found.flatMap((one) => idsIn(one, wanted, selector)))];
  const fitting = wanted === 'deployment' ? all.filter((one) => fits(found, one, doing)) : all;
  const candidates = fitting.length > 0 ? fitting : all;
  const [only, ...more] = candidates;
  if (more.length === 0) return only;
  throw failure(FailureType.Ambiguous, `${id} may mean several: ${candidates.join(', ')}. Name one of them.`);
}

function nameOf({ kind, id }: Selector): NameQuery {
  switch (kind) {
    case 'release':
      return { releaseId: id };
    case 'build':
      return { releaseId: id.slice(0, id.lastIndexOf('.')) };
    case 'deployment':
      return { releaseId: releaseOf(id) ?? id };
    case 'number':
      // Seven digits or more may also begin a commit.
      return { number: Number(id), ...(id.length >= 7 && { commit: id }) };
    case 'commit':
      return { commit: id };
    case 'digest':
      return { digest: id };
    case 'job':
      return {};
  }
}

function idsIn(
  { releaseId, deployments, buildId }: NamedRelease,
  wanted: Named,
  { kind, id }: Selector,
): readonly string[] {
  // A deployment's id names its environment as well: another one is not meant.
  if (kind === 'deployment' && !deployments.some(({ deploymentId }) => deploymentId === id)) return [];
  if (wanted === 'release') return [releaseId];
  if (wanted === 'build') return buildId === null ? [] : [buildId];
  return deployments.map(({ deploymentId }) => deploymentId).filter((one) => environmentOf(one) !== undefined);
}

/** An ended one cannot be stopped, and one that does not wait is not decided about. */
function fits(found: readonly NamedRelease[], id: string, doing: Doing): boolean {
  if (doing === 'look') return true;
  const state = found.flatMap(({ deployments }) => deployments).find(({ deploymentId }) => deploymentId === id)?.state;
  return doing === 'decide' ? state === 'awaiting_approval' : !(state && isDeploymentOutcome(state));
}
