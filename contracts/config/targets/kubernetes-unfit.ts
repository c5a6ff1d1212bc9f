/** Settings of a service that pods cannot have. The reasons go on `… deploys it to a cluster, `. */
import { parseSize } from '../../core/duration.ts';
import type { DeclaredService, Unfit } from './kind.ts';
import { parseQuantity } from './kubernetes-quantity.ts';
import type { WrittenService } from './kubernetes-service.ts';

/** @param written - the service in the target; `undefined`: it does not run there */
export function unfitFor(written: WrittenService | undefined, { health, run }: DeclaredService): readonly Unfit[] {
  if (!written) return [];
  const { add, drop } = run.capabilities;
  const asked = written.resources.requests.memory;
  const isTooSmall =
    run.memory !== undefined &&
    asked !== undefined &&
    written.resources.limits.memory === undefined &&
    (parseQuantity(String(asked)) ?? 0) > (parseSize(run.memory) ?? 0);
  return [
    ...unless(health.kind !== 'container', ['health', 'kind'], NO_HEALTHCHECK),
    ...unless(!run.setuid, ['run', 'setuid'], 'whose pods gain no rights (allowPrivilegeEscalation: false): remove it'),
    ...add.flatMap((capability, index) =>
      unless(
        drop.includes(capability),
        ['run', 'capabilities', 'add', index],
        `whose pods get no ${capability} (Pod Security Standards, restricted): remove it`,
      ),
    ),
    ...unless(
      !isTooSmall,
      ['run', 'memory'],
      `where it requests ${asked ?? ''} of memory, which is more: raise it, or set "resources.limits.memory" there`,
    ),
  ];
}

const NO_HEALTHCHECK = 'which runs no HEALTHCHECK of an image: use "kind: http" or "kind: tcp"';

const unless = (isFit: boolean, path: Unfit['path'], why: string): readonly Unfit[] => (isFit ? [] : [{ path, why }]);
