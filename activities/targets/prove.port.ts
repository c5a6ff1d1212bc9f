import type { CapturedRun, RemovalRequest, TargetRequest } from '../../contracts/deployment/target.ts';

/** The version that must be serving. `null`: nothing of the deployment may be left. */
export interface ProveRequest {
  readonly request: TargetRequest;
  readonly expected: (Pick<CapturedRun, 'digest'> & Partial<Pick<CapturedRun, 'deploymentId'>>) | null;
}

export interface ProveActivities {
  /**
   * Resolves when `observe` shows exactly what is expected: every serving replica has the digest, is of the deployment where one is named, and our own probe
   * passes; or, when nothing is expected, no replica of the deployment is left.
   * @throws `Unhealthy` (retryable) when the right version does not answer; `VerificationFailed` (final) when another one serves.
   */
  prove(request: ProveRequest): Promise<void>;
  /**
   * Resolves when nothing of the environment is left at the place, by the engine and the proxy.
   * @throws `VerificationFailed` with what is left; here it is worth another look
   */
  proveGone(request: RemovalRequest): Promise<void>;
}
