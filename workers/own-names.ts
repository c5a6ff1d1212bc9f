import type { ServedName } from '../activities/certificates/ledger.port.ts';
import type { HostSettings } from '../contracts/config/host.ts';
import { hostQueue } from '../contracts/core/queues.ts';

/** Landfall's own name, at the hosts whose proxies stand in front of it. */
export function ownNames(hosts: readonly HostSettings[]): readonly ServedName[] {
  const at = hosts.flatMap(({ name, roles, proxy }) => {
    const own = proxy?.public?.landfall?.host;
    return own === undefined || !roles.includes('run') ? [] : [{ own, place: { name, queue: hostQueue(name) } }];
  });
  return [...Map.groupBy(at, ({ own }) => own)].map(([name, of]) => ({ name, places: of.map(({ place }) => place) }));
}
