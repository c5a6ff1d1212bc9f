/**
 * The HTTP API's shapes: what the server answers and the command line reads. Times are ISO 8601 in UTC.
 * Errors are `application/problem+json` (RFC 9457): {@link Problem}.
 */
import { GitHubIdText } from '../core/github-id-fields.ts';
import { z } from 'zod';
import { SKIP_REASONS } from '../admission/decision.ts';
import { INSTALLATION_STATES } from '../config/installation.ts';
import { NAME } from '../core/names.ts';
import { CERTIFICATE_ORIGINS, CERTIFICATE_STATES } from '../deployment/certificate.ts';
import { BUILD_STATES, DEPLOYMENT_STATES } from '../deployment/states.ts';
import { STEP_STATES } from '../deployment/steps.ts';
import { FINGERPRINT, VARIABLE_KINDS } from '../config/variables.ts';

const time = z.string();
/** `store/frontend`: what the service is called now, where that is not what it is kept as. */
const calledNow = z.string().optional();
const FailureView = z.object({ type: z.string(), message: z.string() });

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** The mistake, and advice. */
  detail: z.string().optional(),
  /**
   * The state of the deployment that it is about, where that is the reason (an extension member, RFC 9457 section 3.2).
   */
  state: z.enum(DEPLOYMENT_STATES).optional(),
});

export const BuildView = z.object({
  id: z.string(),
  project: z.string(),
  service: z.string(),
  calledNow,
  commit: z.string(),
  state: z.enum(BUILD_STATES),
  host: z.string().nullable(),
  builder: z.string().nullable(),
  image: z.string().nullable(),
  digest: z.string().nullable(),
  /** The images that it was built on; empty until it is built, and when it starts from scratch. */
  bases: z.array(z.object({ image: z.string(), digest: z.string() })),
  tags: z.array(z.string()),
  failure: FailureView.nullable(),
  /** State → when it was entered. */
  times: z.partialRecord(z.enum(BUILD_STATES), time),
});

export const StepView = z.object({
  step: z.string(),
  place: z.string(),
  state: z.enum(STEP_STATES),
  startedAt: time,
  endedAt: time.nullable(),
  detail: z.string().nullable(),
});

/** The changes that a deployment brings, beside what was live in its environment before it. */
export const ChangesView = z.object({
  /**
   * The version that was really live: not one that failed or was superseded in between. `null`: nothing, it is the
   * first one.
   */
  from: z.object({ deploymentId: z.string(), commit: z.string(), digest: z.string() }).nullable(),
  to: z.string(),
  /** A rollback by hand to what was live earlier: it goes backwards. */
  rollback: z.boolean(),
  /** GitHub's page of the commits between; of a rollback, those that it takes back. `null`: none, or not on GitHub. */
  compareUrl: z.string().nullable(),
});

export const DeploymentView = z.object({
  id: z.string(),
  releaseId: z.string(),
  project: z.string(),
  service: z.string(),
  calledNow,
  environment: z.string(),
  ref: z.string(),
  commit: z.string(),
  subject: z.string(),
  actor: z.string(),
  state: z.enum(DEPLOYMENT_STATES),
  generation: z.int().nullable(),
  image: z.string(),
  digest: z.string(),
  /** `dockerfile`, `railpack`, `nixpacks`; `ci`: pushed by a CI system; `null`: not known. */
  builder: z.string().nullable(),
  /** While it waits, beside what is live now; `null`: it ended without having begun. */
  changes: ChangesView.nullable(),
  urls: z.array(z.string()),
  healthAttempts: z.int(),
  failure: FailureView.nullable(),
  leftovers: z.array(z.string()),
  createdAt: time,
  updatedAt: time,
  steps: z.array(StepView),
});

export const ReleaseView = z.object({
  id: z.string(),
  project: z.string(),
  service: z.string(),
  calledNow,
  sequence: z.int(),
  ref: z.string(),
  commit: z.string(),
  subject: z.string(),
  actor: z.string(),
  state: z.enum(['building', 'deploying', 'completed', 'failed', 'cancelled']),
  failure: FailureView.nullable(),
  createdAt: time,
  build: BuildView.nullable(),
  deployments: z.array(DeploymentView),
});

const Artefact = z.object({
  deploymentId: z.string(),
  commit: z.string(),
  digest: z.string(),
  /** See {@link DeploymentView}. */
  builder: z.string().nullable(),
});

export const EnvironmentView = z.object({
  project: z.string(),
  service: z.string(),
  calledNow,
  environment: z.string(),
  /** When landfall.yaml was first read without it: what runs there runs on. Absent while it is in there. */
  removedAt: time.optional(),
  /** A page stands in front of it, as the store knows. Absent while none does. */
  maintenance: z.object({ by: z.string(), reason: z.string(), until: time.nullable() }).optional(),
  /** The pull request that it shows. Absent for every other environment. */
  preview: z.object({ number: z.int() }).optional(),
  live: Artefact.extend({
    since: time,
    changes: ChangesView,
    /** Places at which its container ends and is started again over and over. Absent where there are none. */
    crashing: z.array(z.object({ place: z.string(), since: time, why: z.string() })).optional(),
    /** Places at which it is down, or does not answer as its health settings ask. Absent where there are none. */
    notServing: z.array(z.object({ place: z.string(), since: time, why: z.string() })).optional(),
  }).nullable(),
  /** The version that ran before. */
  previous: Artefact.nullable(),
});

export const ServiceView = z.object({
  project: z.string(),
  service: z.string(),
  calledNow,
  source: z.string(),
  branch: z.string(),
  /** Those that landfall.yaml lists, or listed. */
  environments: z.array(EnvironmentView),
  /** Those of pull requests, by their numbers; absent where there are none. */
  previews: z.array(EnvironmentView).optional(),
});

/** `shop`, a project, or `shop/web`, a service of it. */
const Called = z.string().regex(/^[a-z0-9-]{1,40}(?:\/[a-z0-9-]{1,40})?$/, 'use PROJECT or PROJECT/SERVICE');

/** `POST /api/services/move`: another name for a project or a service. */
export const MoveName = z.strictObject({ from: Called, to: Called });

/** `POST /api/services`: a service that lives at a public Git URL, without any GitHub App. */
export const DeclareService = z.strictObject({
  project: z.string().regex(NAME),
  service: z.string().regex(NAME),
  /** `https://…`. Its landfall.yaml says how to build and where to run. */
  cloneUrl: z.string().min(1).max(2048),
  branch: z.string().min(1).max(255),
});

/** `POST /api/releases`: deploy on request. Answered 202 with {@link ReleaseAccepted}. */
export const RequestRelease = z.strictObject({
  project: z.string().regex(NAME),
  service: z.string().regex(NAME),
  environment: z.string().regex(NAME).optional(),
  /** A branch or a full commit id. By default the named environment's branch, or else the service's. */
  ref: z.string().min(1).max(255).optional(),
  /** A git tag, in place of `ref`: that very commit, and its image is tagged with the version, too. */
  tag: z.string().min(1).max(255).optional(),
  /** Asking again with the same one joins the same request. Made up by the server when absent. */
  requestId: z
    .string()
    .regex(/^[A-Za-z0-9-]{8,64}$/)
    .optional(),
});

/** The outcome of a trigger for one service and environment. `null`: not known, or not meant. */
export const DecisionView = z.object({
  shouldDeploy: z.boolean(),
  project: z.string().nullable(),
  service: z.string().nullable(),
  environment: z.string().nullable(),
  ref: z.string().nullable(),
  commit: z.string().nullable(),
  imageTag: z.string().nullable(),
  version: z.string().nullable(),
  tag: z.string().nullable(),
  releaseId: z.string().nullable(),
  reason: z.enum(SKIP_REASONS).nullable(),
  detail: z.string().nullable(),
});

export const ReleaseAccepted = z.object({
  requestId: z.string(),
  released: z.array(z.string()),
  skipped: z.array(z.string()),
  /** The same for programs, for each service and environment. */
  decisions: z.array(DecisionView).default([]),
});

/** `POST /api/deployments/:id/cancel` and `POST /api/releases/:id/cancel`. */
export const CancelBody = z.strictObject({ reason: z.string().max(500).default('cancelled on request') });

/** `GET /api/environments/…/variables`. Of a secret there is all but the value. */
export const VariablesView = z.object({
  project: z.string(),
  service: z.string(),
  environment: z.string(),
  /** 0: none were ever set. */
  revision: z.int(),
  variables: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(VARIABLE_KINDS),
      value: z.string().nullable(),
      /** The one that it came with. */
      revision: z.int(),
      changedAt: time,
      changedBy: z.string(),
    }),
  ),
});

/** `PUT /api/environments/…/variables`: sets these and leaves the others. Answered with {@link VariablesChanged}. */
export const SetVariables = z.strictObject({
  kind: z.enum(VARIABLE_KINDS).default('variable'),
  values: z.record(z.string(), z.string()).refine((all) => Object.keys(all).length > 0, 'name at least one'),
  /** True: the live version is deployed again with them. */
  deploy: z.boolean().default(true),
  /** Also sets variables by the names of secrets, whose values anyone may read from then on. */
  noLongerSecret: z.boolean().default(false),
});

/** The consequences of a change. */
export const VariablesChanged = z.object({
  revision: z.int(),
  changed: z.array(z.string()),
  deployment: z.object({
    /** `requested`: of what is live there. `carried`: by a release that is on its way. `kept`: for the next one. */
    state: z.enum(['requested', 'carried', 'kept', 'failed']),
    releases: z.array(z.string()),
    /** The same in words. */
    detail: z.string(),
  }),
});

/** `POST /api/secrets/rotate`. */
export const SecretsRotated = z.object({ key: z.string(), resealed: z.int() });

/** `GET /api/hosts/values/:deployment`, for hosts only. `null`: nothing was set. */
export const HostValues = z
  .object({
    revision: z.int(),
    fingerprint: z.string().regex(FINGERPRINT),
    variables: z.record(z.string(), z.string()),
    secrets: z.record(z.string(), z.string()),
  })
  .nullable();

/** `GET /api/hosts/certificates/:name`, for hosts only: PEM. `null`: there is none. */
export const HostCertificate = z.object({ chain: z.string(), key: z.string() }).nullable();

/** `GET /api/certificates`: the certificate of one name. */
export const CertificateView = z.object({
  name: z.string(),
  state: z.enum(CERTIFICATE_STATES),
  /** Of the newest by ACME; `null`: there is none. */
  validUntil: time.nullable(),
  /** Why there is none, or no newer one; what served before serves on. */
  failure: FailureView.nullable(),
  /** When it is looked at again. */
  nextAt: time,
  /** What visitors are shown at each place. */
  places: z.array(
    z.object({
      place: z.string(),
      source: z.enum(CERTIFICATE_ORIGINS),
      validUntil: time.nullable(),
      /** Why what was meant to serve there does not. */
      problem: z.string().nullable(),
      seenAt: time,
    }),
  ),
});

const YamlProblem = z.object({ line: z.int(), column: z.int(), path: z.string(), message: z.string() });

/** `POST /api/validate`: the text of a landfall.yaml. */
export const ValidateResult = z.object({
  valid: z.boolean(),
  problems: z.array(YamlProblem),
  /** Settings that are taken and will hardly do what they were written for. Absent when there are none. */
  warnings: z.array(YamlProblem).optional(),
});

/** `GET /api/installations`. */
export const InstallationView = z.object({
  id: GitHubIdText,
  account: z.string(),
  state: z.enum(INSTALLATION_STATES),
  /** The granted permissions; `null`: not known. */
  permissions: z.record(z.string(), z.string()).nullable(),
  /** `false`: chosen repositories only. */
  everyRepository: z.boolean().nullable(),
  /** The number of repositories. */
  repositories: z.int(),
  readAt: time,
});

/** `GET /readyz`. */
export const Readiness = z.object({
  ready: z.boolean(),
  checks: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string(), warning: z.boolean().exactOptional() })),
});

export type CertificateView = z.infer<typeof CertificateView>;
export type Problem = z.infer<typeof Problem>;
export type BuildView = z.infer<typeof BuildView>;
export type StepView = z.infer<typeof StepView>;
export type ChangesView = z.infer<typeof ChangesView>;
export type InstallationView = z.infer<typeof InstallationView>;
export type DeploymentView = z.infer<typeof DeploymentView>;
export type ReleaseView = z.infer<typeof ReleaseView>;
export type EnvironmentView = z.infer<typeof EnvironmentView>;
export type ServiceView = z.infer<typeof ServiceView>;
export type DecisionView = z.infer<typeof DecisionView>;
export type ReleaseAccepted = z.infer<typeof ReleaseAccepted>;
export type Readiness = z.infer<typeof Readiness>;
export type VariablesView = z.infer<typeof VariablesView>;
export type VariablesChanged = z.infer<typeof VariablesChanged>;
export type SecretsRotated = z.infer<typeof SecretsRotated>;
