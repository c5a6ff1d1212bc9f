import { nearest } from '../core/nearest.ts';
import type { Verb } from './command.ts';
import { VERBS } from './verbs/verbs.ts';

/** The verb that was meant, as far as one typing error tells. */
export function nearestVerb(word: string): { readonly near?: Verb } {
  const near = nearest(word, Object.keys(VERBS) as Verb[]);
  return near === undefined ? {} : { near };
}
