import { requestWorkflowId } from '../../core/ids.ts';
import type { VerbDescription } from './verb.ts';
import { inEnvironment, type InEnvironment } from './words.ts';

interface Command extends InEnvironment {
  readonly verb: 'plan';
}

export const plan = {
  usage: '/plan [environment]',
  what: 'says what `/deploy` would do, and changes nothing',
  needs: 'read',
  pull: 'head',
  read: (line) => ({ verb: 'plan', ...inEnvironment(line) }),
  async resolve(command, { placed, head, ...repository }) {
    const key = await repository.environment(command);
    const requestKey = requestWorkflowId(placed.orderId);
    return { kind: 'plan', trigger: { kind: 'request', requestKey, ...key, ref: head, actor: placed.by } };
  },
} as const satisfies VerbDescription<Command>;
