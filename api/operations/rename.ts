/** A person gives a project, or a service of it, another name. */
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../contracts/core/actor.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { onStore } from '../../store/failures.ts';
import { recordAudit } from '../../store/queries/audit.ts';
import { moveName, type Called, type Moved } from '../../store/queries/names.ts';
import type { ApiDeps } from '../deps.ts';

interface Renamed {
  /** The name that its ids, secrets and history are kept under. */
  readonly keptAs: string;
  readonly calledNow: string;
}

/**
 * @param names - `project` or `project/service`
 * @throws `NotFound`, `Taken`, `OtherProject`
 */
export async function rename(
  { store }: Pick<ApiDeps, 'store'>,
  { from, to, by }: { readonly from: string; readonly to: string; readonly by: Actor },
): Promise<Renamed> {
  const moved = await onStore(() => moveName(store.db, calledIn(from), calledIn(to)));
  if (!moved.ok) throw notMoved(from, to, moved);
  const keptAs = inWords(moved.kept);
  await recordAudit(store.db, {
    id: `service.move/${keptAs}/${randomUUID()}`,
    at: Date.now(),
    actor: `${by.kind}:${by.name}`,
    action: 'service.move',
    subject: keptAs.replace('/', '.'),
    detail: `${from} is called ${to}`,
  });
  return { keptAs, calledNow: to };
}

const calledIn = (text: string): Called => {
  const [project = '', service] = text.split('/');
  return { project, ...(service !== undefined && { service }) };
};
const inWords = ({ project, service }: Called): string => (service === undefined ? project : `${project}/${service}`);

function notMoved(from: string, to: string, { why, kept }: Extract<Moved, { ok: false }>) {
  switch (why) {
    case 'unknown':
      return failure(FailureType.NotFound, `There is no ${from.includes('/') ? 'service' : 'project'} ${from}.`);
    case 'taken': {
      const whose =
        kept && inWords(kept) !== to ? `: it is what ${inWords(kept)} is called` : ', with a history of its own';
      return failure(FailureType.Taken, `${to} is there already${whose}. Choose another name.`);
    }
    case 'elsewhere':
      return failure(
        FailureType.OtherProject,
        `A service stays in its project, which belongs to one repository: ${from} cannot become ${to}. Rename the project as a whole, or the service inside it. What another repository deploys begins anew, on ports of its own: set its secrets there, and remove ${from} when it serves.`,
      );
  }
}
