/** A person sets and unsets variables and secrets of an environment, and has every secret sealed with the newest key. */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Actor } from '../../contracts/core/actor.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { environmentId } from '../../contracts/core/ids.ts';
import type { EnvironmentKey } from '../../contracts/core/keys.ts';
import { PREVIEW_VARIABLES, previewNumber } from '../../contracts/core/preview-names.ts';
import { Secret } from '../../contracts/core/secret.ts';
import { whyNotName, whyNotSetting } from '../../contracts/config/variables.ts';
import type { SecretsRotated, SetVariables, VariablesChanged } from '../../contracts/http/api.ts';
import { onStore } from '../../store/failures.ts';
import { recordAudit } from '../../store/queries/audit.ts';
import {
  changeVariables,
  listVariables,
  rotateSecrets as sealAgain,
  type VariableChange,
} from '../../store/queries/variables.ts';
import { resealPrivateKeys } from '../../store/queries/certificates.ts';
import type { ApiDeps } from '../deps.ts';
import { deployChange } from './redeploy.ts';

interface Order {
  readonly by: Actor;
  /** True when the live version is deployed again with them. */
  readonly deploy: boolean;
}

/**
 * All as one change; those that are not named stay.
 *
 * @throws `InvalidRequest` for a name or a value that cannot be taken; `Refused` for a variable by the name of a secret,
 * unless `noLongerSecret` says that anyone may read it
 */
export async function setVariables(
  deps: ApiDeps,
  key: EnvironmentKey,
  {
    kind,
    values,
    noLongerSecret,
    ...order
  }: Pick<z.output<typeof SetVariables>, 'kind' | 'values' | 'noLongerSecret'> & Order,
): Promise<VariablesChanged> {
  assertOwnVariables(key);
  const set = Object.entries(values).map(([name, value]) => ({ name, kind, value: new Secret(value) }));
  const wrong = set.map(whyNotSetting).filter((why) => why !== undefined);
  if (wrong.length > 0) throw failure(FailureType.InvalidRequest, wrong.join(' '));
  if (kind === 'variable' && !noLongerSecret) await assertNoSecrets(deps, key, Object.keys(values));
  return change(deps, { key, set, unset: [] }, order);
}

/** @throws `Refused` for a single preview */
function assertOwnVariables(key: EnvironmentKey): void {
  if (previewNumber(key.environment) === undefined) return;
  const all = environmentId({ ...key, environment: PREVIEW_VARIABLES });
  throw failure(
    FailureType.Refused,
    `All previews of a service have the same variables and secrets: set and unset them for ${all}. Nothing was changed.`,
  );
}

async function assertNoSecrets(deps: ApiDeps, key: EnvironmentKey, names: readonly string[]): Promise<void> {
  const { variables } = await onStore(() => listVariables(deps.store.db, key));
  const secret = variables.filter((one) => one.kind === 'secret' && names.includes(one.name)).map(({ name }) => name);
  if (secret.length === 0) return;
  const are = secret.length === 1 ? 'is a secret' : 'are secrets';
  throw failure(
    FailureType.Refused,
    `${secret.join(', ')} ${are} of ${environmentId(key)}, and anyone may read a variable. Set it with \`landfall secret set\`, or say that it is to be readable: \`--no-longer-secret\`, in the API \`noLongerSecret\`.`,
  );
}

/** All as one change. @throws `NotFound` when one of them is not set; nothing is unset then */
export async function unsetVariables(
  deps: ApiDeps,
  key: EnvironmentKey,
  { names, ...order }: { readonly names: readonly string[] } & Order,
): Promise<VariablesChanged> {
  assertOwnVariables(key);
  const known = new Set((await listVariables(deps.store.db, key)).variables.map((one) => one.name));
  const unknown = names.filter((one) => !known.has(one));
  if (unknown.length > 0) {
    const shown = unknown.map((one) => (whyNotName(one) === undefined ? one : 'something that is no name'));
    throw failure(FailureType.NotFound, `${environmentId(key)} has no ${shown.join(', ')}. Nothing was unset.`);
  }
  return change(deps, { key, set: [], unset: names }, order);
}

async function change(
  deps: ApiDeps,
  wanted: Omit<VariableChange, 'by' | 'at'>,
  { by, deploy }: Order,
): Promise<VariablesChanged> {
  const { store, secretsKeys } = deps;
  const { key, set } = wanted;
  const at = Date.now();
  const changed = await onStore(() => changeVariables(store.db, secretsKeys, { ...wanted, by: by.name, at }));
  if (changed.changed.length > 0) {
    const action = set.length > 0 ? `${set[0]?.kind ?? 'variable'}.set` : 'variable.unset';
    await recordAudit(store.db, {
      id: `${action}/${environmentId(key)}/${changed.revision}`,
      at,
      actor: `${by.kind}:${by.name}`,
      action,
      subject: environmentId(key),
      detail: `${changed.changed.join(', ')}: revision ${changed.revision}`,
    });
  }
  const deployment = await deployChange(deps, key, { changed, deploy, actor: by });
  return { ...changed, changed: [...changed.changed], deployment };
}

/** Afterwards the other keys are no longer needed. May be repeated. @throws `SecretUnreadable` */
export async function rotateSecrets(
  { store, secretsKeys }: Pick<ApiDeps, 'store' | 'secretsKeys'>,
  { by }: { readonly by: Actor },
): Promise<SecretsRotated> {
  const [{ id }] = secretsKeys;
  const secrets = await onStore(() => sealAgain(store.db, secretsKeys));
  const resealed = secrets + (await onStore(() => resealPrivateKeys(store.db, secretsKeys)));
  await recordAudit(store.db, {
    id: `secrets.rotate/${randomUUID()}`,
    at: Date.now(),
    actor: `${by.kind}:${by.name}`,
    action: 'secrets.rotate',
    subject: 'secrets',
    detail: `${resealed} sealed with key ${id}`,
  });
  return { key: id, resealed };
}
