import type { FailureType } from '../../../../contracts/core/failures.ts';
import { firstPart } from '../../../../contracts/core/text.ts';

/** The reason why a rollout does not go on. */
export interface Trouble {
  /** False: it may pass by itself, so the rollout is given its time. */
  readonly isLasting: boolean;
  readonly type: FailureType;
  /** A sentence with the cluster's own words, and another one with what to do. */
  readonly message: string;
  /** The pod whose log may tell more. */
  readonly pod?: string;
  /** Its container that the trouble is with; a pod may have others beside ours. */
  readonly container?: string;
}

const MOST_WORDS = 1_000;

/** Foreign words, as a part of a sentence of ours. */
export const foreignWords = (words: string): string =>
  firstPart(words.trim().replaceAll(/\s+/g, ' ').replace(/\.$/, ''), MOST_WORDS);
