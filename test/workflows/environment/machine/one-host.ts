/** A host with one place, as deployments and mending leave it; what has to run there is decided by the code that runs. */
import { hostQueue } from '../../../../contracts/core/queues.ts';
import type {
  DeploymentInput,
  DeploymentRequest,
  Disrepair,
  Repair,
} from '../../../../contracts/deployment/deployment.ts';
import type { DeploymentOutcome } from '../../../../contracts/deployment/states.ts';
import type { Captured, CapturedRun } from '../../../../contracts/deployment/target.ts';
import { whatWasLive } from '../../../../workflows/deployment/captured-live.ts';
import { targetOf } from '../../../../workflows/deployment/target-request.ts';

const PLACE = 'host-a';

export class OneHost {
  /** The version that users reach. */
  serving: CapturedRun | null = null;
  /** Deployments that cannot be taken back while its worker is away. */
  readonly #stuck = new Set<string>();
  #new: CapturedRun | null = null;
  #before: Captured = { place: PLACE, running: null };

  /** A deployment begins: it looks at the running version, and gets the one that has to run. */
  begin(input: Pick<DeploymentInput, 'request' | 'generation' | 'live' | 'disrepair'>): void {
    this.#new = runOf(input.request, input.generation);
    const captured = { place: PLACE, running: this.serving };
    const before = whatWasLive(new Map([[PLACE, captured]]), input).get(PLACE);
    if (!before || before.doubt !== undefined) throw new Error(`What was live is in doubt: ${String(before?.doubt)}`);
    this.#before = before.captured;
  }

  /** @returns the disrepair that the deployment reports */
  end(deploymentId: string, outcome: DeploymentOutcome): readonly Disrepair[] | undefined {
    if (outcome === 'live' || outcome === 'rollback_failed') this.serving = this.#new;
    if (outcome === 'rolled_back') this.serving = this.#before.running;
    if (outcome !== 'rollback_failed') return undefined;
    this.#stuck.add(deploymentId);
    return [{ place: PLACE, queue: hostQueue(PLACE), why: 'the registry is gone', before: this.#before }];
  }

  workerIsBack(): void {
    this.#stuck.clear();
  }

  /** @returns true when it runs again what has to run here */
  mend({ undo, before }: Repair): boolean {
    if (!undo || !before || this.#stuck.has(undo.deploymentId)) return false;
    this.serving = before.running;
    return true;
  }
}

function runOf(request: DeploymentRequest, generation: number): CapturedRun {
  const { deploymentId, image, commit, run, health, kindSettings } = targetOf({ request, generation });
  return { deploymentId, generation, image, digest: request.digest, commit, run, health, kindSettings };
}
