/** A person gives a project, or a service of it, another name. */
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../contracts/core/actor.ts';
import { FailureType, failure } from '../../contracts/core/failures.ts';
import { onStore } from '../../store/failures.ts';
import type { Called } from '../../store/queries/kept-name.ts';
import { moveName, type Moved } from '../../store/queries/move-name.ts';
import type { ApiDeps } from '../deps.ts';

interface Renamed {
  /** The name that its ids, secrets and history are kept under. */
  readonly keptAs: string;
  readonly calledNow: string;
}

/**
 * Again changes nothing: one who does not know whether it happened says it again.
 *
 * @param names - `project` or `project/service`
 * @throws `NotFound`, `Taken`, `OtherProject`
 */
export async function rename(
  { store }: Pick<ApiDeps, 'store'>,
  { from, to, by }: { readonly from: string; readonly to: string; readonly by: Actor },
): Promise<Renamed> {
  const moved = await onStore(() =>
    moveName(store.db, calledIn(from), calledIn(to), (kept) => ({
      id: `service.move/${inWords(kept)}/${randomUUID()}`,
      at: Date.now(),
      actor: `${by.kind}:${by.name}`,
      action: 'service.move',
      subject: inWords(kept).replace('/', '.'),
      detail: `${from} is called ${to}`,
    })),
  );
  if (!moved.ok) throw notMoved(from, to, moved);
  return { keptAs: inWords(moved.kept), calledNow: to };
}

const calledIn = (text: string): Called => {
  const [project = '', service] = text.split('/');
  return { project, ...(service !== undefined && { service }) };
};
const inWords = ({ project, service }: Called): string => (service === undefined ? project : `${project}/${service}`);

function notMoved(from: string, to: string, moved: Extract<Moved, { ok: false }>) {
  switch (moved.why) {
    case 'unknown':
      return failure(FailureType.NotFound, `There is no ${from.includes('/') ? 'service' : 'project'} ${from}.`);
    case 'taken': {
      const by = inWords(moved.by);
      const whose = by === to ? ', with a history of its own' : `: ${by} is called so`;
      return failure(FailureType.Taken, `${to} is there already${whose}. Choose another name.`);
    }
    case 'elsewhere':
      return failure(
        FailureType.OtherProject,
        `A service stays in its project, which belongs to one repository: ${from} cannot become ${to}. Rename the project as a whole, or the service inside it. What another repository deploys begins anew, on ports of its own: set its secrets there, and remove ${from} when it serves.`,
      );
  }
}
