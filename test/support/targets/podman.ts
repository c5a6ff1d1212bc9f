/** A Podman target, as deployments carry it. */
import { podman, type PodmanSettings, type Strategy } from '../../../contracts/config/targets/podman.ts';
import type { Route } from '../../../contracts/config/routes.ts';
import type { KindSettings, TargetSettings } from '../../../contracts/config/service.ts';
import { hostQueue } from '../../../contracts/core/queues.ts';

interface Published {
  readonly strategy?: Strategy;
  readonly publishPort?: number;
  /** In place of a port, unless one is named as well. */
  readonly routes?: readonly Route[];
}

export const PORT = 20_080;

export function podmanSettings({
  strategy = 'blue-green',
  routes,
  publishPort = routes ? undefined : PORT,
}: Published = {}): PodmanSettings {
  return {
    kind: 'podman',
    strategy,
    ...(publishPort !== undefined && { publishPort }),
    ...(routes && { routes: [...routes] }),
  };
}

export const podmanTarget = (hosts: readonly string[], published: Published = {}): TargetSettings => ({
  places: hosts.map((name) => ({ name, queue: hostQueue(name) })),
  ports: published.routes && published.publishPort === undefined ? [] : [published.publishPort ?? PORT],
  ...(published.routes && { routes: published.routes }),
  kindSettings: podmanSettings(published),
});

/** At which each host answers. */
export const publishedPort = (settings: KindSettings): number => podman.settings.parse(settings).publishPort ?? 0;
