/** Finds the deployment that a person wants to go back to. Pure. */
import { deploymentId, releaseId as releaseIdOf } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { selectorOf } from '../../contracts/github/selector.ts';
import type { RollbackTarget } from '../../contracts/http/people.ts';

/**
 * @param targets - newest first
 * @param to - any id of it that Landfall prints, a number, or the beginning of a commit or digest
 * @returns one of each image: of several with the same one the newest is as good as any
 */
export function meantTargets(
  targets: readonly RollbackTarget[],
  key: EnvironmentKey,
  to: string,
): readonly RollbackTarget[] {
  const meant = targets.filter((one) => isMeantBy(to, key, one));
  return meant.filter(({ digest }, index) => meant.findIndex((other) => other.digest === digest) === index);
}

/** The release or build that brought it stands for the deployment. */
function isMeantBy(to: string, key: EnvironmentKey, one: RollbackTarget) {
  const number = Number(one.deploymentId.slice(one.deploymentId.lastIndexOf('.') + 1));
  const selector = selectorOf(to);
  const id = selector?.id ?? '';
  switch (selector?.kind) {
    case 'deployment':
      return one.deploymentId === id;
    case 'number':
      return one.deploymentId === deploymentId(key, Number(id)) || (id.length >= 7 && one.commit.startsWith(id));
    case 'commit':
      return one.commit.startsWith(id);
    case 'release':
      return releaseIdOf(key, number) === id;
    case 'build':
      return releaseIdOf(key, number) === id.slice(0, id.lastIndexOf('.'));
    case 'digest':
      return one.digest.startsWith(id);
    default:
      return false;
  }
}
