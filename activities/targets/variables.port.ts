import type { ValuesQuestion, VariableValues } from '../../contracts/config/variables.ts';

/** A target's source of the values for its containers. */
export interface VariableSource {
  /**
   * @returns `null` when nothing was ever set
   * @throws `StoreUnavailable` (retryable); `SecretUnreadable`, `InvalidRequest`, `InvalidConfiguration` (final)
   */
  valuesOf(question: ValuesQuestion, signal: AbortSignal): Promise<VariableValues | null>;
}
