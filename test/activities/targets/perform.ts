/** Runs activities as a worker would. */
import { MockActivityEnvironment } from '@temporalio/testing';

interface PerformOptions {
  /** 1 by default. */
  readonly attempt?: number;
  /** Brings its own cancellation. */
  readonly environment?: MockActivityEnvironment;
}

export async function perform<I, O>(
  activity: (input: I) => Promise<O>,
  input: I,
  options: PerformOptions = {},
): Promise<O> {
  const { attempt = 1, environment = new MockActivityEnvironment({ attempt }) } = options;
  return environment.run(activity, input);
}
