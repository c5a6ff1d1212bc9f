/** The part of a run that every kind of target writes beside what it made, and reads back after a restart of Landfall. */
import { z } from 'zod';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { DIGEST } from '../../contracts/core/names.ts';
import { FINGERPRINT, VARIABLE_NAME } from '../../contracts/config/variables.ts';

const Settings = z.object({
  port: z.int(),
  command: z.array(z.string()).exactOptional(),
  entrypoint: z.array(z.string()).exactOptional(),
  env: z.record(z.string(), z.string()),
  stopTimeoutMs: z.int(),
  memoryBytes: z.int().exactOptional(),
  privileges: z.object({ add: z.array(z.string()), drop: z.array(z.string()), setuid: z.boolean() }).exactOptional(),
});
const Health = z.object({
  kind: z.enum(['http', 'container', 'tcp']),
  path: z.string(),
  host: z.string().exactOptional(),
  status: z.int(),
  expect: z.string().exactOptional(),
  timeoutMs: z.int(),
  stable: z.object({ forMs: z.int(), successes: z.int() }).exactOptional(),
  attempts: z.int(),
  firstWaitMs: z.int(),
  maxWaitMs: z.int(),
});
const Variables = z.object({
  revision: z.int(),
  fingerprint: z.string().regex(FINGERPRINT),
  secrets: z.array(z.string().regex(VARIABLE_NAME)),
});

export const RecordedRun = z.object({
  image: z.string(),
  digest: z.string().regex(DIGEST),
  run: Settings,
  health: Health,
  variables: Variables.exactOptional(),
});

/** @throws `InvalidRequest` for an image that is not named by digest */
export function digestOf(image: string): string {
  const digest = image.slice(image.indexOf('@') + 1);
  if (image.includes('@') && DIGEST.test(digest)) return digest;
  throw failure(FailureType.InvalidRequest, `${image} names no digest. Deploy registry/name@sha256:….`);
}
