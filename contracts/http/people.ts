/** The HTTP API's shapes for what people decide: approvals, locks, pauses, rollbacks, retries. Times as in api.ts. */
import { GitHubIdText } from '../core/github-id-fields.ts';
import { z } from 'zod';
import { CertificateView, EnvironmentView } from './api.ts';
import { DECISION_VIAS } from '../deployment/approval.ts';
import { LOCK_DURATIONS, USUAL_LOCK, lockDuration } from '../core/duration.ts';
import { DIGEST } from '../core/names.ts';

/** Names the client: the command line sends `cli`, so that the audit trail can tell it from a script. */
export const CLIENT_HEADER = 'x-landfall-client';

const Words = z.string().trim().max(500);
const Reason = Words.min(1);
const RequestId = z.string().regex(/^[A-Za-z0-9-]{8,64}$/);
const Time = z.string();

/** `POST /api/deployments/:id/approve` and `…/reject`. Commit and digest: what whoever decides has before their eyes. */
export const DecisionBody = z.strictObject({
  note: Words.default(''),
  /** Whole, or its first seven digits or more. Refused when another one waits by now. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{7,64}$/)
    .optional(),
  digest: z.string().regex(DIGEST).optional(),
});

/** `POST /api/environments/:project/:service/:environment/lock` */

export const LockBody = z.strictObject({
  reason: Reason,
  /** A lock has an end, so that none outlives whoever forgets it. */
  for: z
    .string()
    .max(12)
    .refine((text) => lockDuration(text) !== undefined, `use ${LOCK_DURATIONS}`)
    .default(USUAL_LOCK),
});
export const UnlockBody = z.strictObject({
  /** Take away another person's lock, too. */
  force: z.boolean().default(false),
});
/** `POST …/maintenance`, with which a page stands in front of the environment, and `POST …/maintenance/end`. */
export const MaintenanceBody = z.strictObject({
  /** Shown to visitors. */
  reason: Words.default(''),
  /** Without one, until a person ends it. */
  for: z
    .string()
    .max(12)
    .refine((text) => lockDuration(text) !== undefined, `use ${LOCK_DURATIONS}`)
    .optional(),
});
export const EndMaintenanceBody = z.strictObject({});
export const PauseBody = z.strictObject({ reason: Reason });
export const ResumeBody = z.strictObject({});

/** `POST …/destroy` of an environment or a service. */
export const DestroyBody = z.strictObject({
  /** The name of what is destroyed, such as `shop.web.staging` or `shop.web`: it cannot be undone. */
  confirm: z.string().trim().min(1).max(200),
});

/** `POST …/rollback`, answered as `POST /api/releases` is. */
export const RollbackBody = z.strictObject({
  /**
   * The version that was live there: its id, its release's, a number, or the beginning of a commit. By default the one
   * before what is live now.
   */
  to: z.string().min(1).max(1_500).optional(),
  requestId: RequestId.optional(),
});
/** `POST …/promote`, answered as `POST /api/releases` is. Where it comes from is what landfall.yaml says. */
export const PromoteBody = z.strictObject({ requestId: RequestId.optional() });
/** `POST /api/releases/:id/retry`, answered as `POST /api/releases` is. */
export const RetryBody = z.strictObject({ requestId: RequestId.optional() });

export const ActorView = z.object({ kind: z.enum(['github', 'token', 'ci', 'system']), name: z.string() });

/** The gate after a decision. */
export const ApprovalView = z.object({
  deploymentId: z.string(),
  environment: z.string(),
  commit: z.string(),
  /** `null` for a job of GitHub Actions. */
  digest: z.string().nullable(),
  state: z.enum(['waiting', 'approved', 'rejected', 'expired', 'cancelled']),
  needed: z.int(),
  decisions: z.array(
    z.object({
      decision: z.enum(['approve', 'reject']),
      by: ActorView,
      via: z.enum(DECISION_VIAS),
      note: z.string(),
      at: Time,
    }),
  ),
  expiresAt: Time,
});

/** `GET /api/jobs`: jobs of GitHub Actions that wait for an environment, the newest first. */
export const WaitingJobs = z.object({
  /** True when Temporal answered within a second; otherwise the state is not known. */
  answered: z.boolean(),
  jobs: z.array(
    z.object({
      /** The id by which it is approved; `null` where the environment has no name of ours: on GitHub only. */
      id: z.string().nullable(),
      repository: z.string(),
      environment: z.string(),
      commit: z.string().nullable(),
      runId: GitHubIdText,
      /** The run on GitHub. */
      url: z.string(),
      actor: z.string(),
      since: Time,
    }),
  ),
});

const Version = z.object({ deploymentId: z.string(), commit: z.string(), digest: z.string(), generation: z.int() });

/** The account of the environment's own workflow, which is fresher than the store. */
export const EnvironmentNow = z.object({
  generation: z.int(),
  live: Version.nullable(),
  previous: Version.nullable(),
  lock: z.object({ owner: ActorView, reason: z.string(), at: Time, expiresAt: Time.nullable() }).nullable(),
  pause: z.object({ by: ActorView, reason: z.string(), at: Time }).nullable(),
  /** The hold after a rollback by hand: automatic deployments stay out until a person deploys or resumes by hand. */
  hold: z.object({ by: ActorView, at: Time, deploymentId: z.string() }).nullable(),
  /** A page stands in front of it. Absent while none does. */
  maintenance: z.object({ by: ActorView, reason: z.string(), at: Time, until: Time.nullable() }).optional(),
  /** Places that do not show the page yet, or still do, with the reason. Absent when there are none. */
  unpaged: z.array(z.object({ place: z.string(), why: z.string() })).optional(),
  /**
   * The reason why it begins nothing yet: it does not know what is live there, or which gates people have set. Absent
   * when it does.
   */
  recalling: z.string().optional(),
  /** It is being destroyed: by whom, since when, and the places that are not clear yet. Absent when it is not. */
  destruction: z
    .object({ by: ActorView, at: Time, places: z.array(z.object({ place: z.string(), why: z.string() })) })
    .optional(),
  /** Places at which something else may run than what is live, since a rollback failed there. Absent when there are none. */
  split: z.array(z.object({ place: z.string(), why: z.string() })).optional(),
  running: z.string().nullable(),
  /** The reason why the running one does not go on: a person paused it, or has to decide about a step. */
  halted: z.string().nullable(),
  waiting: z.array(z.object({ deploymentId: z.string(), position: z.int(), why: z.string() })),
});

/** `GET /api/environments/:project/:service/:environment` */
export const EnvironmentStatus = EnvironmentView.extend({
  /** True when Temporal answered within a second. */
  answered: z.boolean(),
  /** `null`: it did not answer, or it has no workflow yet. */
  now: EnvironmentNow.nullable(),
  /** Of the environment's names. Absent where it has none, or none was looked at yet. */
  certificates: z.array(CertificateView).optional(),
});

/** `GET …/rollback-targets`: a deployment that was live there. */
export const RollbackTarget = z.object({
  deploymentId: z.string(),
  commit: z.string(),
  subject: z.string(),
  digest: z.string(),
  actor: z.string(),
  at: Time,
  /**
   * True when the registry still has its image, as of half a minute ago at most; `null`: it did not answer within a
   * second.
   */
  available: z.boolean().nullable(),
});

export type ApprovalView = z.infer<typeof ApprovalView>;
export type EnvironmentNow = z.infer<typeof EnvironmentNow>;
export type EnvironmentStatus = z.infer<typeof EnvironmentStatus>;
export type WaitingJobs = z.infer<typeof WaitingJobs>;
export type RollbackTarget = z.infer<typeof RollbackTarget>;
