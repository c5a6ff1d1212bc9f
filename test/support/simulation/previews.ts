/** Pull requests and what their repository says of previews, as a `preview` workflow sees them. */
import type { PreviewRulesActivities } from '../../../activities/admission/preview-rules.port.ts';
import type { Admission, DeliveryActivities } from '../../../activities/admission/admission.port.ts';
import type { ConversationActivities } from '../../../activities/github/conversation.port.ts';
import type { PeopleActivities } from '../../../activities/people/people.port.ts';
import { deployed } from '../../../contracts/admission/decision.ts';
import { releaseId } from '../../../contracts/core/ids.ts';
import { previewNumber } from '../../../contracts/core/preview-names.ts';
import type { PreviewRulesAnswer } from '../../../contracts/deployment/preview.ts';
import { environmentSettings, releaseDraft } from './fixtures.ts';

type SimulatedPull = Awaited<ReturnType<ConversationActivities['readPullRequest']>>;

export interface SimulatedPreviews {
  readonly activities: PreviewRulesActivities &
    Pick<ConversationActivities, 'readPullRequest' | 'keepComment'> &
    Pick<PeopleActivities, 'cancel' | 'removePreview'>;
  /** The default branch's rules; `known: false` at first. */
  rules: PreviewRulesAnswer;
  /** By number; an unknown one is open at `aaa…`. */
  readonly pulls: Map<number, Partial<SimulatedPull>>;
  /** Every text of the comment on a pull request, in order, by its number. */
  readonly comments: ReadonlyMap<number, readonly string[]>;
  /** Admits requests for previews, and hands on everything else. */
  admitting(admit: DeliveryActivities['admit'], hosts: readonly string[]): DeliveryActivities['admit'];
}

const OPEN: SimulatedPull = {
  ...{ commit: 'a'.repeat(40), branch: 'feature', head: 'before', state: 'open', fork: false, mergedAs: null },
};

export function createSimulatedPreviews(): SimulatedPreviews {
  const pulls = new Map<number, Partial<SimulatedPull>>();
  const comments = new Map<number, string[]>();
  const admitted = new Map<string, Admission>();
  let sequence = 0;
  const simulated: SimulatedPreviews = {
    rules: { known: false, why: 'landfall.yaml on main has no "previews".' },
    pulls,
    comments,
    activities: {
      // For tests without the environments' own workflows.
      cancel: async () => 'building',
      removePreview: async () => 'gone',
      readPreviewRules: async () => simulated.rules,
      readPullRequest: async ({ conversation }) => ({ ...OPEN, ...pulls.get(conversation.number) }),
      async keepComment({ conversation: { number }, text, commentId }) {
        comments.set(number, [...(comments.get(number) ?? []), text]);
        return commentId ?? String(1_000 + number);
      },
    },
    admitting: (admit, hosts) => async (trigger) => {
      const environment = trigger.kind === 'request' ? trigger.environment : null;
      if (trigger.kind !== 'request' || environment === null || previewNumber(environment) === undefined) {
        return admit(trigger);
      }
      const known = admitted.get(trigger.requestKey);
      if (known) return known;
      sequence += 1;
      const { project, service, actor, ref, requestKey } = trigger;
      const environments = [environmentSettings(environment, hosts)];
      const draft = releaseDraft({ key: { project, service }, content: '', environments });
      const id = releaseId({ project, service }, sequence);
      const release = { ...draft, actor, sequence, releaseId: id, byHand: true, ...(ref !== null && { commit: ref }) };
      const { commit } = release;
      const facts = { project, service, environment, ref: 'feature', commit, imageTag: commit, version: '', tag: null };
      const answer = { releases: [release], skipped: [], decisions: [deployed({ ...facts, releaseId: id })] };
      admitted.set(requestKey, answer);
      return answer;
    },
  };
  return simulated;
}
