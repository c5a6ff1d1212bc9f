/** Volumes of one engine (libpod API v4, "volumes"). */
import { PodmanError, type PodmanClient } from './client.ts';
import { unlessGone } from './containers.ts';

export type Volumes = ReturnType<typeof createVolumes>;

/** Calls throw what {@link PodmanClient} throws. */
export function createVolumes(podman: PodmanClient) {
  return {
    /** The names of those that carry the label. */
    async list(label: string): Promise<string[]> {
      const query = { filters: JSON.stringify({ label: [label] }) };
      const found = await podman.json<{ readonly Name: string }[] | null>('GET', '/volumes/json', { query });
      return (found ?? []).map(({ Name }) => Name);
    },

    /** One that exists already is success. */
    async create(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
      await podman.json('POST', '/volumes/create', { body: { Name: name, Labels: labels } }).catch((error: unknown) => {
        if (!(error instanceof PodmanError) || !/already exists/.test(error.message)) throw error;
      });
    },

    /** One that is gone is success. */
    async remove(name: string): Promise<void> {
      await podman.json('DELETE', `/volumes/${encodeURIComponent(name)}`).catch(unlessGone);
    },
  };
}
