/** A service, as deployments carry it: parsed, validated, defaults filled in. All times in milliseconds. */
import type { GitHubId } from '../core/github-id.ts';
import type { ApprovalSettings } from './approval-settings.ts';
import type { QueueMode } from './queue-mode.ts';
import type { FreezeWindow } from './freeze.ts';
import type { Privileges } from './privileges.ts';
import type { Route } from './routes.ts';

/** The origin of a service's source. */
export type SourceOrigin = GitHubOrigin | GitOrigin;

/** Repositories are known by id, because names change. */
export interface GitHubOrigin {
  readonly kind: 'github';
  readonly repositoryId: GitHubId;
  readonly repository: string;
  readonly installationId: GitHubId;
  /** Empty where nothing is cloned: events and what is read through the API do without. */
  readonly cloneUrl: string;
}

export interface GitOrigin {
  readonly kind: 'git';
  readonly cloneUrl: string;
}

/** The origin of anything that names a repository on GitHub and the installation through which it is reached. */
export const gitHubOrigin = ({
  repositoryId,
  repository,
  installationId,
}: Pick<GitHubOrigin, 'repositoryId' | 'repository' | 'installationId'>): GitHubOrigin => ({
  kind: 'github',
  repositoryId,
  repository,
  installationId,
  cloneUrl: '',
});

/** When a base image that the build host has is pulled again: when its registry has another one, never, always. */
export type PullPolicy = 'newer' | 'missing' | 'always';

export type BuilderName = 'auto' | 'dockerfile' | 'nixpacks' | 'railpack';

export interface BuildSettings {
  /** Relative to the repository; everything else of the build is relative to it. */
  readonly root: string;
  readonly builder: BuilderName;
  /** Relative to `root`. */
  readonly dockerfile: string;
  /** Build arguments. They end up in image metadata: never for secrets. */
  readonly args: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** The build context's size limit. */
  readonly contextLimitBytes: number;
  /** `newer` when absent. */
  readonly pull?: PullPolicy;
  /** A commit with submodules is refused when absent. */
  readonly submodules?: 'skip';
  /** A commit with pointers of Git LFS is refused when absent. */
  readonly lfs?: 'skip';
}

export interface HealthSettings {
  /** `http`: our own GET of `path` must answer `status`. `container`: the image's HEALTHCHECK. `tcp`: the port accepts. */
  readonly kind: 'http' | 'container' | 'tcp';
  readonly path: string;
  /** The Host header; the probe's address and port when absent. */
  readonly host?: string;
  /** Redirects are not followed: a login page behind a 302 is not health. */
  readonly status: number;
  /** A text that the body must hold; the body is not read when absent. */
  readonly expect?: string;
  /** One request's limit. */
  readonly timeoutMs: number;
  /** The first good answer is enough when absent: so it was before Landfall knew it. */
  readonly stable?: StableSettings;
  /** Waits before attempt n+1: min(firstWait × 2^(n-1), maxWait) (requirements, E6). */
  readonly attempts: number;
  readonly firstWaitMs: number;
  readonly maxWaitMs: number;
}

/** The conditions on a version between its first good answer and healthy. */
export interface StableSettings {
  /** For so long every check is good, and its container runs on. */
  readonly forMs: number;
  /** At least so many checks in a row are good. */
  readonly successes: number;
}

/** The longest time that the checks of one health attempt take, in milliseconds. */
export function healthAttemptMs({ timeoutMs, stable }: HealthSettings): number {
  if (!stable) return timeoutMs;
  return timeoutMs + Math.max(stable.forMs, stable.successes * timeoutMs) + timeoutMs;
}

export interface RunSettings {
  /** The port that the service listens on inside its container. */
  readonly port: number;
  /** Replaces the image's command when given. */
  readonly command?: readonly string[];
  /** Replaces the image's entrypoint, and with it the image's command, when given. */
  readonly entrypoint?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The time that a stopping container may take before it is killed; also the limit of a drain. */
  readonly stopTimeoutMs: number;
  /** With blue-green, the replaced version is stopped and kept; it runs on when absent. */
  readonly warm?: 'stopped';
  readonly memoryBytes?: number;
  /** The engine's own configuration when absent. */
  readonly privileges?: Privileges;
  /** Run once for each release and environment, before anything is switched. No part of what a rollback brings back. */
  readonly release?: ReleaseCommand;
}

/** A database migration, mostly. */
export interface ReleaseCommand {
  /** The command that is run: the image's entrypoint stays out of it. */
  readonly command: readonly string[];
  /** Goes before the command: a list, or what the image declares. */
  readonly entrypoint?: 'image' | readonly string[];
  /** The limit: the command is killed then, and has failed. */
  readonly timeoutMs: number;
}

export interface ServiceSettings {
  readonly build: BuildSettings;
  readonly run: RunSettings;
  readonly health: HealthSettings;
}

/** One independently reachable part of a target: a host, a cluster, a region. */
export interface PlaceRef {
  readonly name: string;
  /** The task queue whose workers do the work there. No two places have the same. */
  readonly queue: string;
}

/**
 * The settings of one kind of target alone. All other code carries them unchanged; the kind's own activities read them,
 * with the kind's schema (contracts/config/targets/).
 */
export interface KindSettings {
  readonly kind: string;
}

/** The places, ports and names of a service in one environment. */
export interface TargetSettings {
  /** In the order in which they are switched. */
  readonly places: readonly PlaceRef[];
  /** Ports that the service takes at each place: no other service can have them there. */
  readonly ports: readonly number[];
  /** Names and paths at which it answers at each place, absent where it has none: no other service can have them there. */
  readonly routes?: readonly Route[];
  /** `elsewhere`: whatever answers at the places brings the certificates of these names. Landfall does when absent. */
  readonly certificates?: 'elsewhere';
  /** The time that a switch, or the way back, may take beside health checks and the old version's end: steps of a canary. */
  readonly switchMs?: number;
  readonly kindSettings: KindSettings;
}

export interface EnvironmentSettings {
  readonly name: string;
  /** GitHub's `production_environment`. */
  readonly production: boolean;
  readonly target: TargetSettings;
  /** `fifo` when absent. */
  readonly queue?: QueueMode;
  readonly freeze?: readonly FreezeWindow[];
  /** A person has to approve first. */
  readonly approval?: ApprovalSettings;
  /** A failure opens an issue on GitHub, the next success closes it. Not so when absent. */
  readonly issues?: true;
  /** The time that a failed step waits until its cause is mended. It fails at once when absent. */
  readonly onFailure?: { readonly waitMs: number };
  /** The pull request that it shows. No file lists it, and it ends. Absent for every other environment. */
  readonly preview?: { readonly number: number };
}
