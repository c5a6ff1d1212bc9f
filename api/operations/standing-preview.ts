import { FailureType, failure } from '../../contracts/core/failures.ts';
import { serviceId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { previewNumber } from '../../contracts/core/preview-names.ts';
import { onStore } from '../../store/failures.ts';
import { findEnvironment } from '../../store/queries/views.ts';
import type { ApiDeps } from '../deps.ts';

/**
 * A preview that a release alone brought up would have nobody who ends it.
 *
 * @throws `Refused` for a preview that is not there; any other environment passes
 */
export async function assertStandingPreview({ store }: Pick<ApiDeps, 'store'>, key: EnvironmentKey): Promise<void> {
  const number = previewNumber(key.environment);
  if (number === undefined || (await onStore(() => findEnvironment(store.db, key)))) return;
  throw failure(
    FailureType.Refused,
    `${serviceId(key)} has no preview ${key.environment} now. Comment /preview on pull request ${number}.`,
  );
}
