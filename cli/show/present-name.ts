import type { ServiceKey } from '../../contracts/core/keys.ts';
import { plainText } from './plain.ts';

/** A service, by the names of a view. */
interface NamedService extends ServiceKey {
  readonly calledNow?: string | undefined;
}

/** What people call it now, such as `store/frontend`. */
export const presentName = ({ project, service, calledNow }: NamedService): string =>
  plainText(calledNow ?? `${project}/${service}`);

/** The name that ids go on saying, where that is another one: ` (kept as shop/web)`. */
export const keptName = ({ project, service, calledNow }: NamedService): string =>
  calledNow === undefined ? '' : plainText(`(kept as ${project}/${service})`);
