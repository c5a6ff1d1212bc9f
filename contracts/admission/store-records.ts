/** The reports that the store gets as things happen. Times are the workflow's, so a second report changes nothing. */
import type { BaseImage } from '../deployment/build.ts';
import type { GitHubId } from '../core/github-id.ts';
import type { Decision } from './decision.ts';
import type { EnvironmentLock, EnvironmentPause } from '../deployment/environment.ts';
import type { Maintenance } from '../deployment/maintenance.ts';
import type { FailureRecord } from '../core/failures.ts';
import type { EnvironmentKey } from '../core/keys.ts';
import type { BuildState, DeploymentState } from '../deployment/states.ts';
import type { DeploymentStep, StepState } from '../deployment/steps.ts';

export interface BuildStateRecord {
  readonly buildId: string;
  readonly state: BuildState;
  readonly at: number;
  readonly host?: string;
  readonly image?: string;
  readonly digest?: string;
  readonly builder?: string;
  readonly bases?: readonly BaseImage[];
  readonly tags?: readonly string[];
  readonly failure?: FailureRecord;
}

export interface DeploymentStateRecord {
  readonly deploymentId: string;
  readonly state: DeploymentState;
  readonly at: number;
  readonly generation?: number;
  readonly gitHubDeploymentId?: GitHubId;
  readonly urls?: readonly string[];
  readonly healthAttempts?: number;
  readonly failure?: FailureRecord;
  readonly leftovers?: readonly string[];
}

export interface StepRecord {
  readonly deploymentId: string;
  readonly step: DeploymentStep;
  /** A host or cluster; empty for a step of the whole deployment. */
  readonly place: string;
  readonly state: StepState;
  readonly at: number;
  readonly detail?: string;
}

/** A person's change to an environment's gates, for when the environment forgets it. */
export interface GatesRecord {
  readonly key: EnvironmentKey;
  /**
   * The order of changes to one gate: the higher one counts, whichever arrives last. It is the time in milliseconds, or
   * one more than the last one where several fall into one.
   */
  readonly change: number;
  /** Absent gates are as before; `null` takes one away. A hold is only ever taken away: it comes from what is live. */
  readonly gates: {
    readonly lock?: EnvironmentLock | null;
    readonly pause?: EnvironmentPause | null;
    readonly hold?: null;
    readonly maintenance?: Maintenance | null;
  };
}

/** The outcome of a trigger as a whole. */
export interface DecisionsRecord {
  /** The workflow id of the delivery. */
  readonly requestKey: string;
  /** The kind of trigger: `push`, `ci`, … */
  readonly cause: string;
  readonly actor: string;
  /** The repository, for an event of GitHub's. */
  readonly repositoryId: GitHubId | null;
  readonly at: number;
  readonly decisions: readonly Decision[];
}

/** The end of one part of a schedule's work. */
export interface UpkeepRecord {
  /** For people, such as `lost deliveries`. */
  readonly part: string;
  readonly at: number;
  /** `null`: it worked. */
  readonly error: string | null;
}

/** Something that a person may ask about later: who caused what, when, with which artefact (requirements, A8). */
export interface AuditRecord {
  /** Unique: telling twice is telling once. */
  readonly id: string;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  /** The id of the release, build, deployment or environment that it was done to. */
  readonly subject: string;
  readonly commit?: string;
  readonly digest?: string;
  readonly detail?: string;
}
