import { environmentOf } from '../../core/ids.ts';
import { Mistake, take } from '../command-options.ts';
import { selectorOf } from '../selector.ts';
import { ordered, type VerbDescription } from './verb.ts';
import { environmentNamed, wayBack, type InEnvironment } from './words.ts';

interface Command extends InEnvironment {
  readonly verb: 'rollback';
  /** A deployment's id or number, or the beginning of a commit's id; `null`: the one before. */
  readonly to: string | null;
}

export const rollback = {
  usage: '/rollback [environment] [to DEPLOYMENT]',
  what: 'brings back what was live there before',
  needs: 'write',
  read(line) {
    const { words, options } = take(line, ['service', 'to']);
    const at = words.indexOf('to');
    if (at >= 0 && options.to !== undefined) throw new Mistake('say to which one deployment');
    const [to = options.to, ...more] = at < 0 ? [] : words.slice(at + 1);
    if (more.length > 0 || (at >= 0 && to === undefined)) throw new Mistake('say to which one deployment');
    const before = at < 0 ? words : words.slice(0, at);
    const whole = to === undefined && before.length === 1 ? selectorOf(before[0] ?? '') : undefined;
    const key = whole?.kind === 'deployment' ? environmentOf(whole.id) : undefined;
    if (whole && key && options.service === undefined) {
      return { verb: 'rollback', service: `${key.project}/${key.service}`, environment: key.environment, to: whole.id };
    }
    return {
      verb: 'rollback',
      ...environmentNamed(before, options.service),
      to: to === undefined ? null : wayBack(to),
    };
  },
  async resolve(command, repository) {
    const key = await repository.environment(command);
    const to = command.to === null ? null : await repository.rollbackTarget(key, command.to);
    return ordered({ kind: 'rollback', ...repository.placed, key, to });
  },
} as const satisfies VerbDescription<Command>;
