import { FailureType, failure } from '../../contracts/core/failures.ts';
import type { TargetActivities } from '../../contracts/deployment/target.ts';
import type { ProveActivities } from './prove.port.ts';

/** Enough to know what to look for. */
const MAX_NAMED = 10;

/** The same for every kind of target: what it says of itself is compared with what was promised. */
export function createProveActivities({
  observe,
  remains,
}: Pick<TargetActivities, 'observe' | 'remains'>): ProveActivities {
  return {
    async proveGone(request) {
      const left = await remains(request);
      if (left.length === 0) return;
      const some = left.slice(0, MAX_NAMED).join(', ');
      throw failure(FailureType.VerificationFailed, `${some} should be gone, and is still there.`, { retryable: true });
    },

    async prove({ request, expected }) {
      const { place, replicas, healthy, reason } = await observe(request);

      if (expected === null) {
        const left = replicas.filter((replica) => replica.deploymentId === request.deploymentId);
        if (left.length === 0) return;
        throw failure(
          FailureType.VerificationFailed,
          `${place}: ${left.map(({ name }) => name).join(', ')} should be gone and is still there.`,
        );
      }

      const serving = replicas.filter((replica) => replica.serving && replica.running);
      const wrong = serving.find(({ digest }) => digest !== expected.digest);
      if (wrong) {
        throw failure(
          FailureType.VerificationFailed,
          `${place}: ${wrong.name} serves ${wrong.digest} and not ${expected.digest}.`,
        );
      }
      // The same image with other variables or settings is another version.
      const { deploymentId: meant } = expected;
      const other = meant === undefined ? undefined : serving.find(({ deploymentId }) => deploymentId !== meant);
      if (other) {
        throw failure(
          FailureType.VerificationFailed,
          `${place}: ${other.name} of ${other.deploymentId} serves, and not ${String(meant)}.`,
        );
      }
      if (serving.length === 0) throw failure(FailureType.Unhealthy, `${place}: nothing serves. ${reason}`);
      if (healthy !== true) throw failure(FailureType.Unhealthy, `${place}: ${reason}`);
    },
  };
}
