import type { ValuesQuestion, VariableValues } from '../../contracts/config/variables.ts';

/** Where a target has the values from that its containers are to be given. */
export interface VariableSource {
  /**
   * @returns `null` when nothing was ever set
   * @throws `StoreUnavailable` (retryable); `SecretUnreadable`, `InvalidRequest`, `InvalidConfiguration` (final)
   */
  valuesOf(question: ValuesQuestion, signal: AbortSignal): Promise<VariableValues | null>;
}
