/** A simulated repository: which releases a trigger means, as activities/admission and the store would decide. */
import type { Admission, DeliveryActivities } from '../../../activities/admission/admission.port.ts';
import type { ReleaseDraft } from '../../../contracts/admission/admission.ts';
import { deployed, skipped, type SkipReason } from '../../../contracts/admission/decision.ts';
import { releaseId } from '../../../contracts/core/ids.ts';
import type { ProtectionRules } from '../../../contracts/github/protection.ts';

export interface SimulatedAdmission {
  readonly activities: DeliveryActivities;
  /** Moves the branch to a commit that means this release. */
  push(branch: string, release: ReleaseDraft): void;
  /** Environment → what landfall.yaml says of it to a job that wants to go there. */
  readonly rules: Map<string, ProtectionRules>;
}

const skip = (reason: SkipReason, detail: string): Admission => ({
  releases: [],
  skipped: [detail],
  decisions: [skipped(reason, detail)],
});

export function createSimulatedAdmission(): SimulatedAdmission {
  const heads = new Map<string, ReleaseDraft>();
  const answers = new Map<string, Admission>();
  const released = new Map<string, string>();
  let sequence = 0;

  const decide = (branch: string): Admission => {
    const draft = heads.get(branch);
    if (!draft) return skip('branch_gone', `the branch ${branch} is gone`);
    const known = released.get(draft.commit);
    if (known !== undefined) return skip('already_released', `${known} already brings this commit`);
    sequence += 1;
    const input = { ...draft, sequence, releaseId: releaseId(draft.key, sequence) };
    released.set(input.commit, input.releaseId);
    const { key, ref, commit, releaseId: id, environments } = input;
    const facts = { ...key, ref, commit, imageTag: commit, version: commit.slice(0, 7), tag: null, releaseId: id };
    const decisions = environments.map(({ name: environment }) => deployed({ ...facts, environment }));
    return { releases: [input], skipped: [], decisions };
  };

  const rules = new Map<string, ProtectionRules>();
  return {
    rules,
    push: (branch, release) => void heads.set(branch, release),
    activities: {
      async readRules({ environment }) {
        return rules.get(environment) ?? { known: false, why: `landfall.yaml has no environment "${environment}".` };
      },
      async admit(trigger) {
        const answer = answers.get(trigger.requestKey) ?? decide(trigger.kind === 'push' ? trigger.branch : 'main');
        answers.set(trigger.requestKey, answer);
        return answer;
      },
      async plan() {
        const draft = heads.get('main');
        if (!draft) return { releases: [], skipped: ['the branch main is gone'] };
        const { key, ref, commit, subject, environments } = draft;
        return { releases: [{ key, ref, commit, subject, environments, digest: null }], skipped: [] };
      },
    },
  };
}
