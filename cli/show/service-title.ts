import { keptNote, presentName, type NamedService } from '../../contracts/http/present-name.ts';
import { plainText } from './plain.ts';

/** `store/frontend`: what it is called now. */
export function serviceTitle(it: NamedService): string {
  const { project, service } = presentName(it);
  return plainText(`${project}/${service}`);
}

/** `(kept as shop/web)`, or nothing. */
export const keptTitle = (it: NamedService): string => plainText(keptNote(it));
