/** A simulated repository with one service: which releases a trigger means, as activities/delivery would decide. */
import type { Admission, DeliveryActivities } from '../../../activities/delivery/delivery.port.ts';
import type { ReleaseInput } from '../../../contracts/release.ts';

export interface SimulatedAdmission {
  readonly activities: DeliveryActivities;
  /** Moves the branch. What it releases is the input's business; its number is given on admission. */
  push(branch: string, release: (sequence: number) => ReleaseInput): void;
}

export function createSimulatedAdmission(): SimulatedAdmission {
  const heads = new Map<string, (sequence: number) => ReleaseInput>();
  const answers = new Map<string, Admission>();
  const released = new Map<string, string>();
  let sequence = 0;

  const decide = (branch: string): Admission => {
    const release = heads.get(branch);
    if (!release) return { releases: [], skipped: [`the branch ${branch} is gone`] };
    const known = released.get(release(0).commit);
    if (known !== undefined) return { releases: [], skipped: [`${known} already brings this commit`] };
    sequence += 1;
    const input = release(sequence);
    released.set(input.commit, input.releaseId);
    return { releases: [input], skipped: [] };
  };

  return {
    push: (branch, release) => void heads.set(branch, release),
    activities: {
      async admit(trigger) {
        const answer = answers.get(trigger.requestKey) ?? decide(trigger.kind === 'push' ? trigger.branch : 'main');
        answers.set(trigger.requestKey, answer);
        return answer;
      },
    },
  };
}
