import { LOCK_DURATIONS, USUAL_LOCK, lockDuration } from '../../core/duration.ts';
import { Mistake, take } from '../command-options.ts';
import { undressed } from '../selector.ts';
import { ordered, type VerbDescription } from './verb.ts';
import { bounded, environmentNamed, type InEnvironment } from './words.ts';

interface Command extends InEnvironment {
  readonly verb: 'lock';
  readonly forMs: number;
  readonly reason: string;
}

export const lock = {
  usage: '/lock [environment] --for 2h --reason why',
  what: "keeps everybody else's deployments waiting",
  needs: 'write',
  pull: 'open',
  read(line) {
    const { words, options } = take(line, ['service', 'for', 'reason']);
    const forMs = lockDuration(undressed(options.for ?? USUAL_LOCK));
    if (forMs === undefined) throw new Mistake(`--for takes ${LOCK_DURATIONS}`);
    const reason = bounded((options.reason ?? '').replace(/^(["'])(.*)\1$/, '$2').trim());
    if (reason === '') throw new Mistake('say why with --reason');
    return { verb: 'lock', ...environmentNamed(words, options.service), forMs, reason };
  },
  async resolve(command, { placed, tie, ...repository }) {
    const { forMs, reason } = command;
    const key = await repository.environment(command);
    return ordered({ kind: 'lock', ...placed, key, reason, forMs, ...(tie !== null && { tiedTo: tie }) });
  },
} as const satisfies VerbDescription<Command>;
