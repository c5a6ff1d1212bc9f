import type { z } from 'zod';
import type { KindSettings } from '../../contracts/config/service.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';

/**
 * The part of a request that belongs to one kind of target.
 *
 * @param schema - the kind's `settings`, of contracts/config/targets/
 * @throws `InvalidConfiguration` for settings of another kind, or of another version of Landfall
 */
export function readKindSettings<S extends z.ZodType>(schema: S, settings: KindSettings): z.output<S> {
  const read = schema.safeParse(settings);
  if (read.success) return read.data;
  throw failure(
    FailureType.InvalidConfiguration,
    `The settings of a target of the kind "${settings.kind}" cannot be read here. Run the same version of Landfall everywhere, and deploy again.`,
  );
}
