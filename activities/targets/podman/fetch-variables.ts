/** Fetches the values of a run, with some patience. */
import { setTimeout as sleep } from 'node:timers/promises';
import { failureFacts, failureOf } from '../../../contracts/core/failures.ts';
import type { Secret } from '../../../contracts/core/secret.ts';
import type { CapturedRun } from '../../../contracts/deployment/target.ts';
import type { ValuesQuestion, VariableValues, VariablesOfRun } from '../../../contracts/config/variables.ts';
import type { PodmanPlace } from './place.ts';

/** Landfall may be restarting. A whole attempt is given a minute for the engine, and the count of attempts is for health. */
const PATIENCE_MS = 40_000;
const AGAIN_MS = 250;

/** @throws the errors of {@link VariableSource}, after some retries of those that may pass */
export async function askValues(
  { variables }: Pick<PodmanPlace, 'variables'>,
  question: ValuesQuestion,
  signal: AbortSignal,
): Promise<VariableValues | null> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await variables.valuesOf(question, signal);
    } catch (error) {
      const named = failureOf(error);
      if (!named || !failureFacts(named.type).retryable || performance.now() > deadline) throw error;
    }
    await sleep(AGAIN_MS, undefined, { signal });
  }
}

/** For explaining only: a look waits for Landfall no longer than this. */
const EXPLAINING_MS = 3_000;

/**
 * The secrets of what serves, so that its words can be shown without them.
 *
 * @param about - whose deployment asks, as far as the source of values is concerned
 * @returns `undefined` when they cannot be had now
 */
export async function secretsOfRun(
  { variables }: Pick<PodmanPlace, 'variables'>,
  about: Pick<ValuesQuestion, 'key' | 'deploymentId'> & {
    readonly serving: Pick<CapturedRun, 'deploymentId' | 'variables'>;
  },
  signal: AbortSignal,
): Promise<readonly Secret[] | undefined> {
  const { key, deploymentId, serving } = about;
  if (!serving.variables || serving.variables.secrets.length === 0) return [];
  const restoring = serving.deploymentId !== deploymentId;
  const within = AbortSignal.any([signal, AbortSignal.timeout(EXPLAINING_MS)]);
  try {
    const { revision } = serving.variables;
    return Object.values((await variables.valuesOf({ key, deploymentId, revision, restoring }, within))?.secrets ?? {});
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** The part of the values that a run keeps: everything but the values themselves. */
export function describeValues(values: VariableValues | null): { readonly variables?: VariablesOfRun } {
  if (!values) return {};
  const { revision, fingerprint, secrets } = values;
  return { variables: { revision, fingerprint, secrets: Object.keys(secrets).toSorted() } };
}
