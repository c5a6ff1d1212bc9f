/** Runs activities as a worker would. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';

/** Quiet: failures are what many tests expect. */
export const activityEnvironment = (attempt = 1): MockActivityEnvironment =>
  new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR') });

interface PerformOptions {
  /** 1 by default. */
  readonly attempt?: number;
  /** Brings its own cancellation. */
  readonly environment?: MockActivityEnvironment;
}

export async function perform<I, O>(
  activity: (input: I) => Promise<O>,
  input: I,
  { attempt, environment = activityEnvironment(attempt) }: PerformOptions = {},
): Promise<O> {
  return environment.run(activity, input);
}
