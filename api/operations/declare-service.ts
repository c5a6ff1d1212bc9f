/** A person declares a service that lives at a public Git URL. */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Actor } from '../../contracts/core/actor.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { serviceId } from '../../contracts/core/ids.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { isRefName } from '../../contracts/core/names.ts';
import type { DeclareService } from '../../contracts/http/api.ts';
import { recordAudit } from '../../store/queries/audit.ts';
import { keptAs } from '../../store/queries/kept-name.ts';
import { declareService as storeService } from '../../store/queries/services.ts';
import type { ApiDeps } from '../deps.ts';

/**
 * Declared again, its branch is changed.
 *
 * @throws `InvalidRequest` for an address or a branch that cannot be taken, `Taken` for a project of another repository
 */
export async function declareService(
  { store, readCloneUrl }: Pick<ApiDeps, 'store' | 'readCloneUrl'>,
  { project, service, branch, cloneUrl, by }: z.output<typeof DeclareService> & { readonly by: Actor },
): Promise<ServiceKey> {
  const read = readCloneUrl(cloneUrl);
  if ('why' in read) throw failure(FailureType.InvalidRequest, `cloneUrl ${read.why}`);
  if (!isRefName(branch)) throw failure(FailureType.InvalidRequest, 'branch is not a branch name that git accepts.');

  const claim = await storeService(store.db, { project, service, cloneUrl: read.url, branch });
  if (!claim.ok) {
    throw failure(FailureType.Taken, `Project ${project} belongs to ${claim.by}. Choose another project name.`);
  }
  const subject = serviceId(await keptAs(store.db, { project, service }));
  await recordAudit(store.db, {
    id: `service.declare/${subject}/${randomUUID()}`,
    at: Date.now(),
    actor: `${by.kind}:${by.name}`,
    action: 'service.declare',
    subject,
    detail: `${read.url} ${branch}`,
  });
  return { project, service };
}
