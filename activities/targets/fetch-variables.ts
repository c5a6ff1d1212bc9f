/** Fetches the values of a run, with some patience. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailureType, failure, failureFacts, failureOf } from '../../contracts/core/failures.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import type { Secret } from '../../contracts/core/secret.ts';
import type { CapturedRun, RestoreRequest, TargetRequest } from '../../contracts/deployment/target.ts';
import type { ValuesQuestion, VariableValues, VariablesOfRun } from '../../contracts/config/variables.ts';
import type { VariableSource } from './variables.port.ts';

/** Landfall may be restarting. A whole attempt is given a minute for the engine, and the count of attempts is for health. */
const PATIENCE_MS = 40_000;
const AGAIN_MS = 250;

/** A place with its source of variables and secrets. */
interface WithVariables {
  readonly variables: VariableSource;
}

/** Gives the values when they are really needed. */
export type Values = () => Promise<VariableValues | null>;

/** @throws the errors of {@link VariableSource}, after some retries of those that may pass */
async function askValues(
  { variables }: WithVariables,
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

/** The values of a deployment: the newest when it begins, or those of the revision that it names. */
export const valuesFor = async (
  place: WithVariables,
  { key, deploymentId, variablesRevision: revision }: Pick<TargetRequest, 'key' | 'deploymentId' | 'variablesRevision'>,
  signal: AbortSignal,
  restoring = false,
): Promise<VariableValues | null> =>
  askValues(place, { key, deploymentId, restoring, ...(revision !== undefined && { revision }) }, signal);

/** The former run gets its former values. */
export const formerValues =
  (place: WithVariables, { request, captured: { running } }: RestoreRequest, signal: AbortSignal): Values =>
  async () =>
    running?.variables
      ? valuesFor(place, { ...request, variablesRevision: running.variables.revision }, signal, true)
      : null;

/** For explaining only: a look waits for Landfall no longer than this. */
const EXPLAINING_MS = 3_000;

/**
 * The secrets of what serves, so that its words can be shown without them.
 *
 * @param about - whose deployment asks, as far as the source of values is concerned
 * @returns `undefined` when they cannot be had now
 */
export async function secretsOfRun(
  { variables }: WithVariables,
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

/**
 * The values of a run, as it was given them.
 * @throws `InvalidConfiguration` when the source has others of the same revision
 */
export function sameValues(
  key: EnvironmentKey,
  { revision, fingerprint }: VariablesOfRun,
  given: VariableValues | null,
): VariableValues {
  if (given?.revision === revision && given.fingerprint === fingerprint) return given;
  throw failure(
    FailureType.InvalidConfiguration,
    `${environmentId(key)} ran with revision ${revision} (${fingerprint}) of its variables, and Landfall's database has another one of that number. Set them again and deploy.`,
  );
}
