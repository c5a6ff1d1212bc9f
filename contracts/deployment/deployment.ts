import type { GitHubId } from '../core/github-id.ts';
import type {
  DestroyedEnvironment,
  EnvironmentLock,
  EnvironmentPause,
  RollbackHold,
  UnclearedPlace,
} from './environment.ts';
import type { Maintenance, UnpagedPlace } from './maintenance.ts';
import type { FailureRecord } from '../core/failures.ts';
import type { EnvironmentKey, ServiceKey } from '../core/keys.ts';
import type { Actor } from '../core/actor.ts';
import type { EnvironmentSettings, ServiceSettings, SourceOrigin } from '../config/service.ts';
import type { DeploymentOutcome, DeploymentState } from './states.ts';
import type { Captured, TargetRequest } from './target.ts';
import type { DeploymentPause, DeploymentStep, FailedStep } from './steps.ts';

/** A release's request to an environment. */
export interface DeploymentRequest {
  readonly deploymentId: string;
  readonly releaseId: string;
  readonly key: EnvironmentKey;
  /** See `ReleaseInput.called`. */
  readonly called?: ServiceKey;
  /** Order by commit: see {@link ReleaseInput.sequence}. */
  readonly sequence: number;
  readonly byName: boolean;
  readonly byHand?: boolean;
  readonly rollbackTo?: string;
  /**
   * The deployment that a rollback without a target takes back. The environment runs it only while this is live;
   * otherwise it works out again what to go back to, from what is live when the request's turn comes.
   */
  readonly rollbackFrom?: string;
  /** True when it waited for an approval: the store and GitHub know it already. */
  readonly announced?: boolean;
  readonly origin: SourceOrigin;
  readonly ref: string;
  readonly commit: string;
  readonly subject: string;
  readonly actor: Actor;
  readonly alsoBy?: readonly Actor[];
  readonly authors?: readonly Actor[];
  readonly image: string;
  readonly digest: string;
  readonly settings: Pick<ServiceSettings, 'run' | 'health'>;
  readonly environment: EnvironmentSettings;
  /** A certain revision of its variables, as a rollback has it. By default the newest when the deployment begins. */
  readonly variables?: { readonly revision: number };
  /** Signalled with the outcome; one that is gone is no error. */
  readonly requester: string;
}

/**
 * A request as an environment keeps it while it waits for long: the parts that decide, and those that people see. The
 * run settings, which may be large, come from its release again when its turn comes.
 */
export type WaitingRequest = Omit<DeploymentRequest, 'settings'> & Partial<Pick<DeploymentRequest, 'settings'>>;

/** Input of the `deployment` workflow: the request, admitted. */
export interface DeploymentInput {
  readonly request: DeploymentRequest;
  readonly generation: number;
  /** True when it waited behind another one: GitHub has shown `queued` then. */
  readonly waited: boolean;
  /** GitHub's id, when the environment has already opened it there. */
  readonly gitHubDeploymentId?: GitHubId;
  /** The deployment that is live before it, where GitHub does not see by itself that this takes its place. */
  readonly supersedes?: SupersededDeployment;
  /**
   * The live deployment, by the account of its environment; `null`: none. Absent: it did not come through an
   * environment.
   */
  readonly live?: LiveDeployment | null;
  /** Places where something else runs, since a rollback before this deployment failed there. */
  readonly disrepair?: readonly Disrepair[];
}

/** A place at which something else may run than what is live. */
export interface Disrepair {
  readonly place: string;
  /** The task queue of its workers. */
  readonly queue: string;
  readonly why: string;
  /** The version that has to run there; absent where that is not known. */
  readonly before?: Captured;
}

/** A {@link Disrepair}, with all that it takes to mend it. */
export interface Repair extends Disrepair {
  /** The deployment that was not taken back there; absent where what has to run is not known. */
  readonly undo?: TargetRequest;
  /** As in the settings of that deployment's target. */
  readonly switchMs?: number;
}

/** The marks by which a deployment that is not live any more is found on GitHub. */
export interface SupersededDeployment {
  readonly deploymentId: string;
  readonly commit: string;
}

export interface DeploymentResult {
  readonly deploymentId: string;
  readonly outcome: DeploymentOutcome;
  readonly failure?: FailureRecord;
  /** Its addresses, one per place. */
  readonly urls: readonly string[];
  readonly healthAttempts: number;
  /**
   * Places where something is left over or that gave no answer; empty unless `rollback_failed` or a cancel names some.
   */
  readonly leftovers: readonly string[];
  /** Places at which something else may run now than what was live; absent where there are none. */
  readonly disrepair?: readonly Disrepair[];
}

/** A deployment that has ended, as its environment remembers it. */
export interface EndedDeployment extends DeploymentResult {
  readonly commit: string;
}

/** Answer of the `progress` query. */
export interface DeploymentProgress {
  readonly state: DeploymentState;
  readonly step: DeploymentStep | null;
  /** The place being switched or restored. */
  readonly place: string | null;
  readonly healthAttempts: number;
  readonly pause?: DeploymentPause;
  /** The steps that wait for a person's decision. */
  readonly failed?: readonly FailedStep[];
}

/** The deployment that is live, as its environment knows it. */
export interface LiveDeployment {
  readonly deploymentId: string;
  readonly sequence: number;
  readonly generation: number;
  readonly commit: string;
  readonly image: string;
  readonly digest: string;
  /** The deployment whose version it brought back; for a rollback only. */
  readonly rollbackTo?: string;
}

/** A deployment that has gone live, as it tells its environment before it tidies up. */
export interface LandedDeployment extends LiveDeployment {
  readonly actor: Actor;
  readonly byHand?: boolean;
}

/** An environment's answer to an order that depends on what is live there. */
export interface EnvironmentStanding {
  readonly live: LiveDeployment | null;
  readonly previous: LiveDeployment | null;
  /** The deployment that runs now and is not live yet. */
  readonly underWay: LiveDeployment | null;
}

/** The knowledge that an environment gets back after it was ended by force. */
export interface Recalled {
  /** `null`: nothing was ever live there. */
  readonly live: LiveDeployment | null;
  readonly previous: LiveDeployment | null;
  /** The hold of a rollback by hand that nothing has taken the place of, and that no person has lifted since. */
  readonly hold: RollbackHold | null;
  readonly lock: EnvironmentLock | null;
  readonly pause: EnvironmentPause | null;
  readonly maintenance?: Maintenance | null;
  /** The newest {@link GatesRecord.change}. */
  readonly change: number;
  /** The end of the environment of this name before; absent where there was none. */
  readonly destroyed?: DestroyedEnvironment;
}

/** Answer of the environment's `state` query. */
export interface EnvironmentState {
  readonly generation: number;
  readonly live: LiveDeployment | null;
  readonly previous: LiveDeployment | null;
  readonly lock?: EnvironmentLock | null;
  readonly pause?: EnvironmentPause | null;
  readonly hold?: RollbackHold | null;
  /**
   * The reason why it begins nothing: it does not know yet what is live there, or which gates people have set. Absent
   * when it does.
   */
  readonly recalling?: string;
  /** It is being destroyed: by whom, since when, and the places that are not clear yet. */
  readonly destruction?: {
    readonly by: Actor;
    readonly at: number;
    readonly places: readonly UnclearedPlace[];
  };
  /** A page stands in front of it. */
  readonly maintenance?: Maintenance;
  /** Places that do not show the page yet, or still do. */
  readonly unpaged?: readonly UnpagedPlace[];
  /** Places at which something else may run than what is live, until they are mended or the next deployment lands. */
  readonly split?: readonly { readonly place: string; readonly why: string }[];
  readonly running: string | null;
  /** The reason why the running one does not go on. */
  readonly halted?: string;
  readonly waiting: readonly { readonly deploymentId: string; readonly position: number; readonly why: string }[];
}
