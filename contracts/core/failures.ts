/**
 * The only vocabulary in which one part of the system tells another that something went wrong.
 *
 * Temporal moves failures between processes as `type` strings, so a class hierarchy would not survive the
 * trip. Types are named here, with whether repeating helps; the HTTP status of each is in api/http/problem-status.ts.
 * Loaded inside the workflow sandbox: keep it pure.
 */
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';

interface FailureFacts {
  /** `true` when repeating the same call, unchanged, could succeed. */
  readonly retryable: boolean;
  /**
   * `true` when a person can mend it beside the commit: a host, a registry, a disk, a database. A mistake in the version
   * itself takes another version.
   */
  readonly mendable?: true;
}

const FINAL = { retryable: false } as const;
const PASSING = { retryable: true } as const;
/** The same, where a person can mend it beside the commit. */
const MENDABLE = { ...FINAL, mendable: true } as const;
const PASSING_MENDABLE = { ...PASSING, mendable: true } as const;

/** Wire names. Histories and retry policies match on them: add freely, never rename. */
const FACTS = {
  // Mistakes in a request
  InvalidConfiguration: FINAL,
  InvalidRequest: FINAL,
  UnknownService: FINAL,
  CommitNotFound: FINAL,
  StaleGeneration: FINAL,
  Superseded: FINAL,
  /** The environment takes one deployment at a time and keeps none waiting (`queue: reject`). */
  EnvironmentBusy: FINAL,
  EnvironmentLocked: FINAL,
  /** The environment was destroyed after this was released. */
  EnvironmentDestroyed: FINAL,
  /** The environment was rolled back by hand, and automatic deployments stay out. */
  HeldAfterRollback: FINAL,
  /** The number of a release was given before, to another commit: the store was put back from a copy. */
  NumberTaken: FINAL,
  Forbidden: FINAL,
  NotWaiting: FINAL,
  /** A release or deployment that does not exist. */
  NotFound: FINAL,
  /** An order about something whose state does not allow it. */
  Refused: FINAL,
  /** A name that may mean several. */
  Ambiguous: FINAL,
  /** A release, deployment or log that goes on no more. */
  AlreadyEnded: FINAL,
  NotCancellable: FINAL,
  /** A deployment that has not begun, or has ended by now. */
  NotRunning: FINAL,
  NothingToRetry: FINAL,
  /** A retry for several environments, each of which has to be named in a request of its own. */
  NameTheEnvironment: FINAL,
  /** A request that was decided, and releases nothing. */
  NothingReleased: FINAL,
  /** A name that something else has. */
  Taken: FINAL,
  /** A service cannot move to another project. */
  OtherProject: FINAL,
  ApprovalRejected: FINAL,
  ApprovalExpired: FINAL,
  /** A deployment that has no step left to hold before, or is being taken back. */
  NotPausable: FINAL,
  /** The time for resuming a paused deployment ran out. */
  PauseExpired: FINAL,
  /** Temporal has lost the workflow that worked on it, or a person ended that by force. */
  WorkflowLost: FINAL,
  // Source and build
  SourceUnavailable: PASSING,
  SourceRefused: FINAL,
  UnsafeSource: FINAL,
  /** Submodules, or files in Git LFS: a build without them would be another one. */
  IncompleteSource: FINAL,
  NothingToBuild: FINAL,
  BuildFailed: FINAL,
  BuildTimedOut: FINAL,
  ContextTooLarge: FINAL,
  // Registry
  RegistryUnavailable: PASSING_MENDABLE,
  RegistryRefused: MENDABLE,
  ImageNotFound: MENDABLE,
  DigestMismatch: FINAL,
  // Target
  EngineUnavailable: PASSING_MENDABLE,
  EngineRefused: MENDABLE,
  HostAway: MENDABLE,
  DiskFull: MENDABLE,
  PortTaken: MENDABLE,
  /** Another service has the name and path (docs/landfall-yaml.md). */
  RouteTaken: MENDABLE,
  ContainerExited: PASSING,
  Unhealthy: PASSING,
  ProxyUnavailable: PASSING_MENDABLE,
  VerificationFailed: FINAL,
  /** A live version whose container ends and is started again over and over. */
  CrashLoop: FINAL,
  /** A live version that was down, or did not answer as its health settings ask, for several looks in a row. */
  NotServing: FINAL,
  /** The command before the switch failed, or it cannot be known whether it ran. */
  ReleaseCommandFailed: MENDABLE,
  /** Sealed with a key that is not here, or not as it was sealed. */
  SecretUnreadable: MENDABLE,
  /** The environment is in neither state and needs a person. */
  RollbackFailed: FINAL,
  // Certificates
  /** A name that does not resolve, or at which something else than our proxy answers. */
  NameElsewhere: PASSING_MENDABLE,
  CertificateAuthorityUnavailable: PASSING,
  CertificateRateLimited: PASSING,
  CertificateRefused: MENDABLE,
  /** A certificate that cannot serve: expired, of another name, or with a key that does not fit. */
  CertificateUnusable: MENDABLE,
  // GitHub
  GitHubUnavailable: PASSING,
  GitHubRateLimited: PASSING,
  GitHubCredentialsRefused: FINAL,
  GitHubForbidden: FINAL,
  GitHubNotFound: FINAL,
  GitHubConflict: FINAL,
  GitHubInvalid: FINAL,
  // Waiting
  WaitExpired: MENDABLE,
  StoreUnavailable: PASSING_MENDABLE,
  TemporalUnavailable: PASSING,
  /** Temporal is there, but no worker answered in time. */
  WorkerUnavailable: PASSING,
  /** No thread could be started that would read a large text. */
  ReaderUnavailable: PASSING,
  Internal: FINAL,
} as const satisfies Record<string, FailureFacts>;

export type FailureType = keyof typeof FACTS;
export const FailureType = Object.fromEntries(Object.keys(FACTS).map((type) => [type, type])) as {
  readonly [T in FailureType]: T;
};

/** The consequences of a failure of this type. */
export const failureFacts = (type: FailureType): FailureFacts => FACTS[type];

interface FailureContext {
  /** The failing library's own error; kept so that the Temporal UI shows both stacks. Must hold no secret. */
  readonly cause?: Error;
  /** Wait this long before the next attempt, in milliseconds. Ignored when the type is final. */
  readonly retryAfterMs?: number;
  /** In place of what the type says, where giving up would be worse. */
  readonly retryable?: boolean;
  /** In place of what the type says: a person can mend it beside the commit, or cannot. */
  readonly mendable?: boolean;
  /** The state of what it is about, for programs. */
  readonly state?: string;
}

/**
 * Builds the failure to throw from an activity or a workflow.
 *
 * @param type - decides whether Temporal repeats the call, unless `retryable` does.
 * @param message - what was attempted, what came back, what to do. Stored in history and shown to people: no secrets.
 */
export function failure(
  type: FailureType,
  message: string,
  { cause, retryAfterMs, retryable, mendable, state }: FailureContext = {},
) {
  return ApplicationFailure.create({
    type,
    // Protobuf, which carries it, takes no half of a surrogate pair: the worker would die of it.
    message: message.toWellFormed(),
    nonRetryable: !(retryable ?? FACTS[type].retryable),
    ...(cause && { cause }),
    ...((state ?? mendable ?? retryAfterMs) !== undefined && { details: [{ state, mendable, retryAfterMs }] }),
    ...(retryAfterMs !== undefined && { nextRetryDelay: retryAfterMs }),
  });
}

/** An activity's failure sits one level down, a child workflow's two; the rest is margin against cycles. */
const MAX_CAUSE_DEPTH = 8;

/** A failure as it is recorded, shown and passed between workflows. */
export interface FailureRecord {
  readonly type: FailureType;
  readonly message: string;
  /** Absent where its type says it: ask {@link isMendable}. */
  readonly mendable?: boolean;
}

/** True when a person can mend it beside the commit, so that the same step may go well afterwards. */
export const isMendable = ({ type, mendable: said }: FailureRecord): boolean =>
  said ?? failureFacts(type).mendable === true;

/**
 * Names the failure underneath whatever Temporal wrapped it in.
 *
 * @returns `undefined` for anything we did not name: timeouts, cancellations, programming errors.
 */
export function failureOf(error: unknown): FailureRecord | undefined {
  const named = namedIn(error);
  if (!named) return undefined;
  const mendable = detailOf(named, 'mendable');
  return { type: named.type, message: named.message, ...(typeof mendable === 'boolean' && { mendable }) };
}

/** The `state` that a failure was made with, underneath whatever Temporal wrapped it in. */
export function failureState(error: unknown): string | undefined {
  const named = namedIn(error);
  const state = named && detailOf(named, 'state');
  return typeof state === 'string' ? state : undefined;
}

/** The wait before the next attempt that a failure asks for, in milliseconds; 0 when it asks for none. */
export function failureRetryAfter(error: unknown): number {
  const named = namedIn(error);
  const retryAfterMs = named && detailOf(named, 'retryAfterMs');
  return typeof retryAfterMs === 'number' ? retryAfterMs : 0;
}

/** A part of the details that {@link failure} makes; failures of others have details of their own. */
function detailOf({ details }: ApplicationFailure, name: 'state' | 'mendable' | 'retryAfterMs'): unknown {
  const [first]: readonly unknown[] = details ?? [];
  return typeof first === 'object' && first !== null && name in first
    ? (first as Record<string, unknown>)[name]
    : undefined;
}

function namedIn(error: unknown): (ApplicationFailure & { readonly type: FailureType }) | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < MAX_CAUSE_DEPTH && current instanceof Error; depth += 1) {
    if (current instanceof ApplicationFailure && isNamed(current)) return current;
    current = current instanceof TemporalFailure ? current.cause : undefined;
  }
  return undefined;
}

const isNamed = (found: ApplicationFailure): found is ApplicationFailure & { readonly type: FailureType } =>
  typeof found.type === 'string' && Object.hasOwn(FACTS, found.type);
