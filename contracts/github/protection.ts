/** GitHub's question before a job of GitHub Actions may go to an environment (custom deployment protection rules). */
import { isGitHubId, type GitHubId } from '../core/github-id.ts';
import type { Actor } from '../core/actor.ts';
import type { ApprovalSettings } from '../config/approval-settings.ts';
import type { FreezeWindow } from '../config/freeze.ts';
import type { EnvironmentKey } from '../core/keys.ts';

/** One answer for a run counts for all its jobs that wait for the environment. */
export interface ProtectedRun {
  readonly repositoryId: GitHubId;
  readonly runId: GitHubId;
  /** GitHub's name for it, which may be no name of ours. */
  readonly environment: string;
}

export interface ProtectedJob extends ProtectedRun {
  readonly kind: 'protection';
  readonly requestKey: string;
  readonly repository: string;
  readonly installationId: GitHubId;
  readonly commit: string;
  readonly ref: string;
  /** The event that started the run: `push`, `workflow_dispatch`, … */
  readonly event: string;
  readonly actor: Actor;
}

/** A run that has ended: none of its jobs waits any more. */
export interface EndedRun extends Pick<ProtectedRun, 'repositoryId' | 'runId'> {
  /** In milliseconds since the epoch. A job that began to wait later belongs to the next attempt of the run. */
  readonly endedAt: number;
}

/** A job that waits at a gate, or is about to be answered. */
export interface WaitingJob extends ProtectedRun {
  readonly repository: string;
  /** The login of who has started the run. */
  readonly actor: string;
  readonly commit: string | null;
  /** Since when, in milliseconds since the epoch. */
  readonly since: number;
}

/** The rules for the environment in the default branch's landfall.yaml. */
export type ProtectionRules =
  | { readonly known: false; readonly why: string }
  | {
      readonly known: true;
      /** One for each service that the environment runs. */
      readonly keys: readonly EnvironmentKey[];
      readonly freeze?: readonly FreezeWindow[];
      readonly approval?: ApprovalSettings;
      /** The person who pushed the job's commit and did not start its run: a lock lets neither in for the other. */
      readonly alsoBy?: readonly Actor[];
      /**
       * The authors of the job's commits, apart from the one who started its run: they do not approve it where that is
       * refused.
       */
      readonly authors?: readonly Actor[];
    };

/** The result of the protection. */
export interface ProtectionResult {
  readonly answer: 'approved' | 'rejected';
  readonly comment: string;
  /** `false`: GitHub did not wait for an answer any more. */
  readonly taken: boolean;
}

/**
 * GitHub's environments may hold any character, and know no letter case ("Managing environments for deployment"). In ids
 * everything beyond names of ours is written as `_` and two hexadecimal digits for each byte.
 */
function environmentPart(environment: string): string {
  return encodeURIComponent(environment.toWellFormed().toLowerCase())
    .replaceAll(/[!'()*._~]/g, (one) => `%${one.charCodeAt(0).toString(16)}`)
    .toLowerCase()
    .replaceAll('%', '_');
}

/** @returns the environment in lower case; `undefined` for what {@link environmentPart} does not make */
function environmentIn(part: string): string | undefined {
  if (!/^(?:[a-z0-9-]|_[0-9a-f]{2}){1,1024}$/.test(part)) return undefined;
  try {
    const environment = decodeURIComponent(part.replaceAll('_', '%'));
    return environmentPart(environment) === part ? environment : undefined;
  } catch {
    return undefined;
  }
}

export const protectionWorkflowId = ({ repositoryId, runId, environment }: ProtectedRun): string =>
  `protection/${repositoryId}/${runId}/${environmentPart(environment)}`;

/** @returns `undefined` for any other workflow's id */
export function protectedRunIn(workflowId: string): ProtectedRun | undefined {
  const [, repositoryId = '', runId = '', part = ''] = /^protection\/(\d+)\/(\d+)\/(.+)$/s.exec(workflowId) ?? [];
  const environment = environmentIn(part);
  if (!isGitHubId(repositoryId) || !isGitHubId(runId) || environment === undefined) return undefined;
  return { repositoryId, runId, environment };
}

const PREFIX = 'github.actions.';

/** The id by which people name the job that waits there. Five parts, which no other id has. */
export const protectionGateId = ({ repositoryId, runId, environment }: ProtectedRun): string =>
  `${PREFIX}${repositoryId}.${runId}.${environmentPart(environment)}`;

/** @returns `undefined` for any other id */
export function protectedRunOf(gateId: string): ProtectedRun | undefined {
  if (!gateId.startsWith(PREFIX)) return undefined;
  const [repositoryId = '', runId = '', part = '', ...more] = gateId.slice(PREFIX.length).split('.');
  const environment = environmentIn(part);
  if (more.length > 0 || !isGitHubId(repositoryId) || !isGitHubId(runId) || environment === undefined) return undefined;
  return { repositoryId, runId, environment };
}
