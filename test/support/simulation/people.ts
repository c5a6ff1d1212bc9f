/** Conversations on GitHub, and the order port behind them, as a `command` workflow sees them. */
import { ourWords } from '../../../contracts/core/markdown.ts';
import type { ConversationActivities } from '../../../activities/github/conversation.port.ts';
import type { PeopleActivities } from '../../../activities/people/people.port.ts';
import { failure } from '../../../contracts/core/failures.ts';
import type { Gap } from '../../../contracts/github/commit-distance.ts';
import { releaseWorkflowId, requestWorkflowId } from '../../../contracts/core/ids.ts';
import type { SimulatedRecords } from './records.ts';

type Asked = Pick<PeopleActivities, 'resolveCommand' | 'releaseFacts' | 'retryOf' | 'unlockTied' | 'endJobs'>;

export interface SimulatedPeople {
  readonly activities: Omit<ConversationActivities, 'readPullRequest' | 'keepComment'> & Asked;
  /** Every text of an order's reply, in order, by the order. */
  readonly replies: ReadonlyMap<string, readonly string[]>;
}

/** The answer to `/status`. */
const GAPS: readonly Gap[] = [
  { environment: 'shop.web.staging', commit: 'a'.repeat(40), next: { branch: 'main', commit: null } },
  {
    environment: 'shop.web.production',
    commit: 'a'.repeat(40),
    next: { environment: 'staging', commit: 'a'.repeat(40) },
  },
];

/** `/deploy` means the service that is called like its environment; beside it `/plan` and `/status` are understood. */
export function createSimulatedPeople(records: Pick<SimulatedRecords, 'releases'>): SimulatedPeople {
  const replies = new Map<string, string[]>();
  return {
    replies,
    activities: {
      async reactToComment() {},
      async postReply({ orderId, text }) {
        replies.set(orderId, [text]);
        return '1';
      },
      async editReply({ orderId, text }) {
        replies.get(orderId)?.push(text);
      },
      distances: async ({ between }) => between.map(() => ({ behind: 2, ahead: 0 })),
      async resolveCommand({ orderId, by, command, pull }) {
        if (command.verb === 'status')
          return {
            kind: 'answer',
            text: ourWords`Live.`,
            gaps: GAPS,
          };
        if (command.verb === 'plan') {
          const about = { project: 'shop', service: 'web', environment: command.environment, ref: null, actor: by };
          return { kind: 'plan', trigger: { kind: 'request', requestKey: requestWorkflowId(orderId), ...about } };
        }
        if (command.verb !== 'deploy')
          return {
            kind: 'refusal',
            text: ourWords`That is not understood.`,
          };
        const key = { project: 'shop', service: command.environment ?? '' };
        const order = { kind: 'deploy', orderId, by, key, environment: null, ref: pull?.commit ?? null } as const;
        return { kind: 'order', order, releaseId: null };
      },
      async releaseFacts(releaseId) {
        const release = records.releases.get(releaseId);
        if (!release) throw failure('StoreUnavailable', `${releaseId} has not been told yet`);
        const { key, commit, subject, sequence, environments } = release;
        const names = environments.map(({ name }) => name);
        return {
          releaseId,
          workflowId: releaseWorkflowId(key, commit, sequence),
          key,
          commit,
          subject,
          environments: names,
        };
      },
      async retryOf({ orderId, by, releaseId }) {
        const [project = '', service = ''] = releaseId.split('.');
        const requestKey = requestWorkflowId(orderId);
        return { kind: 'request', requestKey, project, service, environment: null, ref: null, actor: by };
      },
      unlockTied: async () => ['shop.web.production'],
      endJobs: async () => [],
    },
  };
}
