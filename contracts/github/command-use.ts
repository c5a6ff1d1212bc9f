import type { CommandOf, Verb } from './command.ts';
import type { Permission } from './permission.ts';
import type { PullUse, VerbDescription } from './verbs/verb.ts';
import { VERBS } from './verbs/verbs.ts';

const DESCRIPTIONS: { readonly [V in Verb]: VerbDescription<CommandOf<V>> } = VERBS;

/** The conditions of a command before it is carried out: see {@link VerbDescription}. */
export interface CommandUse {
  readonly needs: Permission;
  readonly pull: PullUse | undefined;
  readonly named: string | null | undefined;
}

export function commandUse<V extends Verb>(command: CommandOf<V> & { readonly verb: V }): CommandUse {
  const { needs, pull, named }: VerbDescription<CommandOf<V>> = DESCRIPTIONS[command.verb];
  return { needs, pull: typeof pull === 'function' ? pull(command) : pull, named: named?.(command) };
}
