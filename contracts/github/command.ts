/** The commands that people write by comment on a pull request or an issue. Read from text by read-command.ts. */
import type { VERBS } from './verbs/verbs.ts';

export type Verb = keyof typeof VERBS;
export type CommandOf<V extends Verb> = ReturnType<(typeof VERBS)[V]['read']>;
export type PersonCommand = { readonly [V in Verb]: CommandOf<V> }[Verb];

/** The first line of a comment, as we read it. */
export type ReadCommand =
  | { readonly kind: 'command'; readonly command: PersonCommand }
  /** One of ours, but not as it has to be. `problem`: a sentence without anything of what was written. */
  | { readonly kind: 'mistake'; readonly verb: Verb; readonly problem: string }
  /** `near`: the verb that may have been meant. */
  | { readonly kind: 'unknown'; readonly near?: Verb };
