/** The HTTP API's shapes for what people do with a deployment that runs. Times as in api.ts. */
import { z } from 'zod';
import { ActorView } from './people.ts';
import { DEPLOYMENT_STATES } from '../deployment/states.ts';
import { DEPLOYMENT_STEPS, STEP_DECISIONS } from '../deployment/steps.ts';

const Time = z.string();

/** `POST /api/deployments/:id/steps/:step/retry`, `…/skip` and `…/abort`. */
export const StepBody = z.strictObject({ reason: z.string().trim().min(1).max(500) });

/** A deployment's own account, which is fresher than the store. */
export const DeploymentNow = z.object({
  id: z.string(),
  state: z.enum(DEPLOYMENT_STATES),
  step: z.enum(DEPLOYMENT_STEPS).nullable(),
  place: z.string().nullable(),
  /**
   * `until`: the time when it is taken back unless a person resumes it; `null` while it is still in the step that it
   * was in.
   */
  pause: z.object({ by: ActorView, reason: z.string(), at: Time, until: Time.nullable() }).nullable(),
  /** Steps that have failed and wait, until the time is up, for a person's choice. */
  failed: z.array(
    z.object({
      step: z.enum(DEPLOYMENT_STEPS),
      place: z.string(),
      failure: z.object({ type: z.string(), message: z.string() }),
      at: Time,
      until: Time,
      choices: z.array(z.enum(STEP_DECISIONS)),
    }),
  ),
});
export type DeploymentNow = z.infer<typeof DeploymentNow>;
