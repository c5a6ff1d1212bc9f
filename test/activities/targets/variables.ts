/** Revisions of variables as the store keeps them, for targets: what matters here is what the engine makes of them. */
import { failure } from '../../../contracts/core/failures.ts';
import { environmentId } from '../../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../../contracts/core/keys.ts';
import { Secret } from '../../../contracts/core/secret.ts';
import type { VariableValues } from '../../../contracts/config/variables.ts';
import type { VariableSource } from '../../../activities/targets/variables.port.ts';

export function createVariables() {
  const revisions = new Map<string, VariableValues[]>();
  const pins = new Map<string, number>();
  let away = 0;
  const source: VariableSource = {
    async valuesOf({ key, deploymentId, revision, restoring = false }) {
      if (away > 0) {
        away -= 1;
        throw failure('StoreUnavailable', 'The database is away.');
      }
      const all = revisions.get(environmentId(key)) ?? [];
      const pinned = revision ?? pins.get(deploymentId) ?? all.length;
      if (!restoring) pins.set(deploymentId, pinned);
      return all[pinned - 1] ?? null;
    },
  };
  return {
    source,
    /** The newest revision from now on. */
    set(
      key: EnvironmentKey,
      {
        variables = {},
        secrets = {},
        fingerprint = '0a1b2c3d',
      }: {
        variables?: Readonly<Record<string, string>>;
        secrets?: Readonly<Record<string, string>>;
        fingerprint?: string;
      },
    ): number {
      const all = revisions.get(environmentId(key)) ?? [];
      const hidden = Object.entries(secrets).map(([name, value]) => [name, new Secret(value)] as const);
      const revision = all.length + 1;
      revisions.set(environmentId(key), [
        ...all,
        { revision, fingerprint, variables, secrets: Object.fromEntries(hidden) },
      ]);
      return revision;
    },
    /** Another database, as after a loss. */
    forget: (key: EnvironmentKey) => void revisions.delete(environmentId(key)),
    /** The next so many questions find it away. */
    goAway: (questions: number) => void (away = questions),
  };
}
