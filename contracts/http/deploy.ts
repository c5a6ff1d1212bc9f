/**
 * `POST /deploy`, for CI systems (requirements, C1–C4; docs/ci.md): requests and answers. Errors are
 * `application/problem+json` with the same facts beside the problem's own.
 */
import { z } from 'zod';
import { Problem } from './api.ts';
import { COMMIT, DIGEST, NAME, NONCE, TAG } from '../core/names.ts';
import { DEPLOYMENT_STATES } from '../deployment/states.ts';

const commit = z.string().regex(COMMIT, 'use a full commit id');
const digest = z.string().regex(DIGEST, 'use sha256: and 64 hexadecimal digits');

export const DeployRequest = z
  .strictObject({
    image_sha: z
      .string()
      .refine(
        (sha) => COMMIT.test(sha) || DIGEST.test(sha),
        'use a full commit id, or sha256: and 64 hexadecimal digits',
      )
      .describe('The commit id under which the image was pushed, or its digest.'),
    project: z.string().regex(NAME).optional(),
    service: z
      .string()
      .refine(
        (name) => name.split('/').length <= 2 && name.split('/').every((part) => NAME.test(part)),
        'use a name, or project/service',
      )
      .optional()
      .describe('"project/service", or a name that only one project has. May be left out when there is one service.'),
    environment: z.string().regex(NAME).optional().describe('May be left out when one environment runs the service.'),
    tag: z.string().regex(TAG, 'no registry takes such a tag').optional().describe('Default: the commit id.'),
    commit: commit.optional().describe('For an image_sha that is a digest, unless Landfall built it.'),
    digest: digest.optional().describe('The digest that the tag must stand for.'),
    wait: z.boolean().optional().describe('false: answer 202 at once.'),
    timestamp: z.int().positive().optional().describe('Seconds since the epoch; with nonce, against replay.'),
    nonce: z.string().regex(NONCE, 'use 8 to 64 letters, digits, "_" and "-"').optional(),
  })
  .refine(({ timestamp, nonce }) => (timestamp === undefined) === (nonce === undefined), {
    error: 'send timestamp and nonce together',
    path: ['nonce'],
  })
  .refine(({ image_sha: sha, commit }) => commit === undefined || DIGEST.test(sha) || sha === commit, {
    error: 'is another commit than image_sha',
    path: ['commit'],
  })
  .refine(({ image_sha: sha, digest }) => digest === undefined || COMMIT.test(sha) || sha === digest, {
    error: 'is another digest than image_sha',
    path: ['digest'],
  })
  .refine(({ project, service }) => project === undefined || !(service?.includes('/') ?? false), {
    error: 'is part of service already',
    path: ['project'],
  });
export type DeployRequest = z.infer<typeof DeployRequest>;

/** The state of a requested deployment, as far as it is known. */
export const DeployAnswer = z.object({
  release: z.string().nullable(),
  deployment: z.string().nullable(),
  project: z.string().nullable(),
  service: z.string().nullable(),
  environment: z.string().nullable(),
  commit: z.string().nullable(),
  digest: z.string().nullable(),
  /** `queued` while it is not known. */
  state: z.enum(DEPLOYMENT_STATES),
  /** Its addresses. */
  urls: z.array(z.string()),
  failure: z.object({ type: z.string(), message: z.string() }).nullable(),
  /** For people. */
  page: z.string().nullable(),
  /** For the CI system: answers as `POST /deploy` does, without credentials. */
  statusUrl: z.string(),
  /** The deployment's last lines. */
  log: z.array(z.string()),
});
export type DeployAnswer = z.infer<typeof DeployAnswer>;

/** The answer for a deployment that did not land. */
export const DeployProblem = Problem.extend(DeployAnswer.partial().shape);
export type DeployProblem = z.infer<typeof DeployProblem>;
