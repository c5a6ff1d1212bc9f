import { FailureType, failure, failureOf } from '../../contracts/core/failures.ts';
import type { VariableValues } from '../../contracts/config/variables.ts';
import { mask } from '../logs/masker.ts';

export const secretsOf = (values: VariableValues | null) => Object.values(values?.secrets ?? {});

/** The same error without any secret in its words: they go into histories, pages and GitHub's statuses. */
export function masked(error: unknown, values: VariableValues | null): unknown {
  const clean = (words: string) => mask(words, secretsOf(values));
  const named = failureOf(error);
  if (!named || clean(named.message) === named.message) return error;
  return failure(FailureType[named.type], clean(named.message));
}
