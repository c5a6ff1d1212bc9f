/** The values that a run is given, asked for with some patience. */
import { setTimeout as sleep } from 'node:timers/promises';
import { failureFacts, failureOf } from '../../../contracts/failures.ts';
import type { ValuesQuestion, VariableValues, VariablesOfRun } from '../../../contracts/variables.ts';
import type { Place } from './place.ts';

/** Landfall may be restarting. A whole attempt is given a minute for the engine, and the count of attempts is for health. */
const PATIENCE_MS = 40_000;
const AGAIN_MS = 250;

/** @throws what {@link VariableSource} throws, after trying for a while what may pass */
export async function askValues(
  { variables }: Pick<Place, 'variables'>,
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

/** What a run keeps of them: everything but the values. */
export function describeValues(values: VariableValues | null): { readonly variables?: VariablesOfRun } {
  if (!values) return {};
  const { revision, fingerprint, secrets } = values;
  return { variables: { revision, fingerprint, secrets: Object.keys(secrets).toSorted() } };
}
