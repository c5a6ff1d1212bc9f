/** A Podman target, as deployments carry it. */
import { podman, type PodmanSettings, type Strategy } from '../../../contracts/config/targets/podman.ts';
import type { KindSettings, TargetSettings } from '../../../contracts/config/service.ts';
import { hostQueue } from '../../../contracts/core/queues.ts';

interface Published {
  readonly strategy?: Strategy;
  readonly publishPort?: number;
}

export const PORT = 20_080;

export const podmanSettings = ({ strategy = 'blue-green', publishPort = PORT }: Published = {}): PodmanSettings => ({
  kind: 'podman',
  strategy,
  publishPort,
});

export const podmanTarget = (hosts: readonly string[], published: Published = {}): TargetSettings => ({
  places: hosts.map((name) => ({ name, queue: hostQueue(name) })),
  ports: [published.publishPort ?? PORT],
  kindSettings: podmanSettings(published),
});

/** At which each host answers. */
export const publishedPort = (settings: KindSettings): number => podman.settings.parse(settings).publishPort;
