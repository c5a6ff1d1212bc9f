/**
 * The only vocabulary in which one part of the system tells another that something went wrong.
 *
 * Temporal moves failures between processes as `type` strings, so a class hierarchy would not survive the
 * trip. Types are named here, with what follows from each: whether repeating helps, and which HTTP status a
 * caller gets. Loaded inside the workflow sandbox: keep it pure.
 */
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';

interface FailureFacts {
  /** `true` when repeating the same call, unchanged, could succeed. */
  readonly retryable: boolean;
  /** The status of the HTTP answer. */
  readonly httpStatus: 400 | 401 | 403 | 404 | 409 | 413 | 422 | 429 | 500 | 502 | 503 | 504;
}

const final = (httpStatus: FailureFacts['httpStatus']) => ({ retryable: false, httpStatus }) as const;
const passing = (httpStatus: FailureFacts['httpStatus']) => ({ retryable: true, httpStatus }) as const;

/** Wire names. Histories and retry policies match on them: add freely, never rename. */
const FACTS = {
  // Mistakes in a request
  InvalidConfiguration: final(422),
  InvalidRequest: final(422),
  UnknownService: final(404),
  CommitNotFound: final(404),
  StaleGeneration: final(409),
  Superseded: final(409),
  /** The environment takes one deployment at a time and keeps none waiting (`queue: reject`). */
  EnvironmentBusy: final(409),
  EnvironmentLocked: final(409),
  /** It was rolled back by hand, and automatic deployments stay out. */
  HeldAfterRollback: final(409),
  /** The number of a release was given before, to another commit: the store was put back from a copy. */
  NumberTaken: final(409),
  Forbidden: final(403),
  NotWaiting: final(409),
  /** A release or deployment that does not exist. */
  NotFound: final(404),
  /** It is not in a state in which that could be done. */
  Refused: final(409),
  ApprovalRejected: final(409),
  ApprovalExpired: final(409),
  /** A deployment that has no step left to hold before, or is being taken back. */
  NotPausable: final(409),
  /** The time for resuming a paused deployment ran out. */
  PauseExpired: final(409),
  /** Temporal has lost the workflow that worked on it, or a person ended that by force. */
  WorkflowLost: final(500),
  // Source and build
  SourceUnavailable: passing(502),
  SourceRefused: final(403),
  UnsafeSource: final(422),
  /** Submodules, or files in Git LFS: a build without them would be another one. */
  IncompleteSource: final(422),
  NothingToBuild: final(422),
  BuildFailed: final(422),
  BuildTimedOut: final(504),
  ContextTooLarge: final(413),
  // Registry
  RegistryUnavailable: passing(502),
  RegistryRefused: final(502),
  ImageNotFound: final(404),
  DigestMismatch: final(502),
  // Target
  EngineUnavailable: passing(503),
  EngineRefused: final(502),
  HostAway: final(503),
  DiskFull: final(503),
  PortTaken: final(409),
  ContainerExited: passing(502),
  Unhealthy: passing(502),
  ProxyUnavailable: passing(503),
  VerificationFailed: final(502),
  /** It was live, and its container ends and is started again over and over. */
  CrashLoop: final(502),
  /** The command before the switch failed, or it cannot be known whether it ran. */
  ReleaseCommandFailed: final(422),
  /** Sealed with a key that is not here, or not as it was sealed. */
  SecretUnreadable: final(500),
  /** The environment is in neither state and needs a person. */
  RollbackFailed: final(500),
  // GitHub
  GitHubUnavailable: passing(502),
  GitHubRateLimited: passing(429),
  GitHubCredentialsRefused: final(502),
  GitHubForbidden: final(403),
  GitHubNotFound: final(404),
  GitHubConflict: final(409),
  GitHubInvalid: final(422),
  // Waiting
  WaitExpired: final(504),
  StoreUnavailable: passing(503),
  TemporalUnavailable: passing(503),
  /** No thread could be started that would read a large text. */
  ReaderUnavailable: passing(503),
  Internal: final(500),
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
}

/**
 * Builds the failure to throw from an activity or a workflow.
 *
 * @param type - decides whether Temporal repeats the call, unless `retryable` does.
 * @param message - what was attempted, what came back, what to do. Stored in history and shown to people: no secrets.
 */
export function failure(type: FailureType, message: string, { cause, retryAfterMs, retryable }: FailureContext = {}) {
  return ApplicationFailure.create({
    type,
    // Protobuf, which carries it, takes no half of a surrogate pair: the worker would die of it.
    message: message.toWellFormed(),
    nonRetryable: !(retryable ?? FACTS[type].retryable),
    ...(cause && { cause }),
    ...(retryAfterMs !== undefined && { nextRetryDelay: retryAfterMs }),
  });
}

/** An activity's failure sits one level down, a child workflow's two; the rest is margin against cycles. */
const MAX_CAUSE_DEPTH = 8;

/** A failure as it is recorded, shown and passed between workflows. */
export interface FailureRecord {
  readonly type: FailureType;
  readonly message: string;
}

/**
 * Names the failure underneath whatever Temporal wrapped it in.
 *
 * @returns `undefined` for anything we did not name: timeouts, cancellations, programming errors.
 */
export function failureOf(error: unknown): FailureRecord | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < MAX_CAUSE_DEPTH && current instanceof Error; depth += 1) {
    if (current instanceof ApplicationFailure && isFailureType(current.type)) {
      return { type: current.type, message: current.message };
    }
    current = current instanceof TemporalFailure ? current.cause : undefined;
  }
  return undefined;
}

function isFailureType(value: string | null | undefined): value is FailureType {
  return typeof value === 'string' && Object.hasOwn(FACTS, value);
}
