/** The workflows' reports to the store. Idempotent, order-tolerant: a late report never moves a finished thing back. */
import type {
  AuditRecord,
  BuildStateRecord,
  DecisionsRecord,
  DeploymentStateRecord,
  GatesRecord,
  StepRecord,
  UpkeepRecord,
} from '../../contracts/admission/store-records.ts';
import type { PreviewRecord } from '../../contracts/deployment/preview.ts';
import type { BuildInput } from '../../contracts/deployment/build.ts';
import type { WaitingRequest, LiveDeployment } from '../../contracts/deployment/deployment.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { ReleaseInput, ReleaseResult } from '../../contracts/deployment/release.ts';

export interface RecordActivities {
  /** The release and its stages exist from here on, with an audit event. */
  recordRelease(release: ReleaseInput): Promise<void>;
  recordReleaseResult(release: {
    readonly releaseId: string;
    readonly at: number;
    readonly result: ReleaseResult;
  }): Promise<void>;
  recordBuild(build: { readonly build: BuildInput; readonly releaseId: string; readonly at: number }): Promise<void>;
  recordBuildState(record: BuildStateRecord): Promise<void>;
  /** The deployment exists from here on, `queued`. */
  recordDeployment(request: { readonly request: WaitingRequest; readonly at: number }): Promise<void>;
  recordDeploymentState(record: DeploymentStateRecord): Promise<void>;
  recordStep(record: StepRecord): Promise<void>;
  /** Records the digest that runs there now, and the one before (requirements, A9). */
  recordLive(record: {
    readonly key: EnvironmentKey;
    readonly at: number;
    readonly live: LiveDeployment;
    readonly previous: LiveDeployment | null;
  }): Promise<void>;
  /** Records the blocks of an environment's queue: the newest report about each gate stays. */
  recordGates(record: GatesRecord): Promise<void>;
  /** The preview of a pull request as it is now; an older report changes nothing. */
  recordPreview(record: PreviewRecord): Promise<void>;
  recordAudit(record: AuditRecord): Promise<void>;
  /** Records whether a part of scheduled work succeeds: failures in a row are shown. */
  recordUpkeep(record: UpkeepRecord): Promise<void>;
  /** The first decisions of a request stay: a repeated request gets the same releases. */
  recordDecisions(record: DecisionsRecord): Promise<void>;
}

/** One thing to tell the store: which of {@link RecordActivities}, and with what. */
export type Telling = {
  [K in keyof RecordActivities]: { readonly kind: K; readonly record: Parameters<RecordActivities[K]>[0] };
}[keyof RecordActivities];

export interface TellActivities {
  /** Tells several things in order, as one step of a history. Safe to repeat. */
  tell(tellings: readonly Telling[]): Promise<void>;
}
