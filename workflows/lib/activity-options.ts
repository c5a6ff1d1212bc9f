/**
 * One options object per kind of work, so that a timeout is chosen by reason rather than by habit.
 *
 * Every worker heartbeats for its activities (workers/heartbeat.ts), so a killed worker is noticed within
 * `heartbeatTimeout` whatever the activity's own limit is, and a cancel reaches it.
 */
import type { ActivityOptions } from '@temporalio/workflow';
import type { FailureType } from '../../contracts/core/failures.ts';
import { TIMEOUTS } from './timeouts.ts';

const heartbeatTimeout = TIMEOUTS.heartbeatMs;

/** Tries without end, after any error: for calls where giving up is worse than going on. */
const stubborn = {
  initialInterval: TIMEOUTS.retry.firstMs,
  backoffCoefficient: 2,
  maximumInterval: TIMEOUTS.retry.longestMs,
} as const;

/**
 * The type of an error that Landfall does not expect and has met some times in a row (workers/unforeseen-errors.ts): a
 * bug, or a fact about the input. Further attempts, for hours and in silence, would end alike.
 */
const UNFORESEEN = 'Internal';

const retry = { ...stubborn, nonRetryableErrorTypes: [UNFORESEEN] satisfies string[] };

/** Failures of certificates, each of which has a pace of its own (workflows/certificates/due.ts). */
const OF_CERTIFICATES = [
  'NameElsewhere',
  'CertificateAuthorityUnavailable',
  'CertificateRateLimited',
  'CertificateRefused',
] as const satisfies readonly FailureType[];

/**
 * A worker that died is no failed attempt: attempts are few and mean something. The server then does not count it but
 * tells us, and lib/lost-worker.ts begins the step again. Spelled as the server's retry policies spell it.
 */
const LOST_WORKER = 'TemporalTimeout:Heartbeat';
const OVERDUE = 'TemporalTimeout:StartToClose';

/** Reading heads and settings: GitHub may be away for a while, and giving up would lose a push. */
export const patientCall = {
  startToCloseTimeout: TIMEOUTS.patientCall.attemptMs,
  scheduleToCloseTimeout: TIMEOUTS.patientCall.wholeMs,
  heartbeatTimeout,
  retry,
} as const satisfies ActivityOptions;

/**
 * A {@link patientCall} that only reads, for lib/bounded-read.ts: what keeps a worker busy past its time, or ends it,
 * does so again, so the server leaves that to us to count.
 */
export const patientRead = {
  ...patientCall,
  startToCloseTimeout: TIMEOUTS.patientRead.attemptMs,
  retry: { ...retry, nonRetryableErrorTypes: [UNFORESEEN, LOST_WORKER, OVERDUE] },
} as const satisfies ActivityOptions;

/** Looking after things, by a schedule: what is not done now is done by the next run. */
export const upkeepCall = {
  startToCloseTimeout: TIMEOUTS.upkeepCall.attemptMs,
  scheduleToCloseTimeout: TIMEOUTS.upkeepCall.wholeMs,
  heartbeatTimeout,
  retry: { ...retry, maximumAttempts: 3 },
} as const satisfies ActivityOptions;

/** One look at a host by a schedule. A host that is away is looked at by the next run. */
export const lookOnHost = {
  scheduleToStartTimeout: TIMEOUTS.lookOnHost.pickUpMs,
  startToCloseTimeout: TIMEOUTS.lookOnHost.attemptMs,
  heartbeatTimeout,
  retry: { maximumAttempts: 1 },
} as const satisfies ActivityOptions;

/** The same at what is live, which may be given a minute for an answer (`health.timeout`). */
export const lookAtLive = {
  ...lookOnHost,
  scheduleToStartTimeout: TIMEOUTS.lookAtLive.pickUpMs,
  startToCloseTimeout: TIMEOUTS.lookAtLive.attemptMs,
} as const satisfies ActivityOptions;

/** Telling people. Worth retrying for a day, never worth waiting for: nothing depends on the answer. */
export const telling = {
  startToCloseTimeout: TIMEOUTS.telling.attemptMs,
  scheduleToCloseTimeout: TIMEOUTS.telling.wholeMs,
  heartbeatTimeout,
  retry,
} as const satisfies ActivityOptions;

/** A person waits for the answer: a few quick tries, then an error that tells them to try again. */
export const decisionCall = {
  startToCloseTimeout: TIMEOUTS.decisionCall.attemptMs,
  scheduleToCloseTimeout: TIMEOUTS.decisionCall.wholeMs,
  heartbeatTimeout,
  retry: { ...retry, maximumAttempts: 3 },
} as const satisfies ActivityOptions;

/**
 * Without the answer an environment would go backwards and through locks, so it asks for as long as it takes. No clock
 * runs while no worker takes the question: an update of Landfall is no answer.
 */
export const recallCall = {
  startToCloseTimeout: TIMEOUTS.recallCall.attemptMs,
  heartbeatTimeout,
  retry: { ...stubborn, maximumInterval: TIMEOUTS.retry.longestOfRecallMs },
} as const satisfies ActivityOptions;

/** The person who ordered it has left again: it is worth some patience, and an answer while they still remember. */
export const orderCall = {
  startToCloseTimeout: TIMEOUTS.orderCall.attemptMs,
  scheduleToCloseTimeout: TIMEOUTS.orderCall.wholeMs,
  heartbeatTimeout,
  retry,
} as const satisfies ActivityOptions;

/** An {@link orderCall} that reads a commit, for lib/bounded-read.ts as {@link patientRead}. */
export const orderRead = {
  ...orderCall,
  startToCloseTimeout: TIMEOUTS.orderRead.attemptMs,
  retry: { ...retry, nonRetryableErrorTypes: [UNFORESEEN, LOST_WORKER, OVERDUE] },
} as const satisfies ActivityOptions;

/** Waiting for a build slot anywhere. */
export const claim = {
  scheduleToCloseTimeout: TIMEOUTS.build.claim.wholeMs,
  heartbeatTimeout,
  retry,
} as const satisfies ActivityOptions;

/**
 * Anything on one host's own queue. `scheduleToStartTimeout` is how long that host's worker may be away before
 * the work is judged (see lib/lost-worker.ts: twice this, because the queue's clock also runs while we are away).
 */
export const onHost = {
  scheduleToStartTimeout: TIMEOUTS.onHost.pickUpMs,
  heartbeatTimeout,
  retry: { ...retry, nonRetryableErrorTypes: [UNFORESEEN, LOST_WORKER] },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} as const satisfies ActivityOptions;

/** Looking and pulling: changes nothing that runs, so a few tries and then a clear answer. */
export const preparation = {
  ...onHost,
  startToCloseTimeout: TIMEOUTS.preparation.attemptMs,
  retry: { ...onHost.retry, maximumAttempts: 4 },
} as const satisfies ActivityOptions;

/** Looking at what runs, until it is what it should be (requirements, E7: five attempts). */
export const proof = {
  ...onHost,
  startToCloseTimeout: TIMEOUTS.proof.attemptMs,
  retry: { ...onHost.retry, maximumAttempts: 5 },
} as const satisfies ActivityOptions;

/** Taking something back. Giving up leaves a mess, so keep trying for twice this long; then a person hears of it. */
export const takeBack = {
  startToCloseTimeout: TIMEOUTS.takeBack.attemptMs,
  scheduleToCloseTimeout: TIMEOUTS.takeBack.wholeMs,
  heartbeatTimeout,
  retry: { ...stubborn, maximumInterval: TIMEOUTS.retry.longestOfTakeBackMs },
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
} as const satisfies ActivityOptions;

/**
 * Like {@link takeBack}, for a host that may be away for long: nothing else waits for it, and a new deployment ends it.
 */
export const mending = {
  ...takeBack,
  scheduleToCloseTimeout: TIMEOUTS.mending.wholeMs,
  retry: { ...stubborn, maximumInterval: TIMEOUTS.mending.longestRetryMs },
} as const satisfies ActivityOptions;

/** Taking an environment away from a place, which nothing runs at any more: a few tries, then people hear what keeps it. */
export const clearing = {
  ...onHost,
  scheduleToStartTimeout: TIMEOUTS.destroy.pickUpMs,
  startToCloseTimeout: TIMEOUTS.takeBack.attemptMs,
  retry: { ...stubborn, maximumAttempts: 3 },
} as const satisfies ActivityOptions;

/** A maintenance page at a place: a person waits for it, and it is tried again by itself. */
export const pageCall = {
  ...onHost,
  scheduleToStartTimeout: TIMEOUTS.page.pickUpMs,
  startToCloseTimeout: TIMEOUTS.page.attemptMs,
  retry: { ...onHost.retry, maximumAttempts: 3 },
} as const satisfies ActivityOptions;

/** From then on it is waited for; a failure that lasts is heard of once a day. */
export const clearingAgain = {
  ...mending,
  startToCloseTimeout: TIMEOUTS.takeBack.attemptMs,
} as const satisfies ActivityOptions;

/** Tidying up: nice to have, bounded, never fatal. */
export const tidying = {
  ...onHost,
  startToCloseTimeout: TIMEOUTS.tidying.attemptMs,
  retry: { ...onHost.retry, maximumAttempts: 5 },
} as const satisfies ActivityOptions;

/** The certificate's workflow counts the tries itself: a failure with a name of ours ends the call. */
const named = { ...retry, maximumAttempts: 5, nonRetryableErrorTypes: [UNFORESEEN, ...OF_CERTIFICATES] };

/** Ordering a certificate. A worker that died in the middle of it is no failed try: the next one goes on. */
export const certificateOrder = {
  startToCloseTimeout: TIMEOUTS.certificate.order.attemptMs,
  scheduleToCloseTimeout: TIMEOUTS.certificate.order.wholeMs,
  heartbeatTimeout,
  retry: named,
} as const satisfies ActivityOptions;

/** Trying whether a name leads to us. */
export const nameCheck = {
  startToCloseTimeout: TIMEOUTS.certificate.check.attemptMs,
  scheduleToCloseTimeout: TIMEOUTS.certificate.check.wholeMs,
  heartbeatTimeout,
  retry: named,
} as const satisfies ActivityOptions;
