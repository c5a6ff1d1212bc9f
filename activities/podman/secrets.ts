/** Secrets of one engine (libpod API v4, "secrets"). Their values are never read back. */
import type { Secret } from '../../contracts/core/secret.ts';
import { PodmanError, type PodmanClient } from './client.ts';
import { unlessGone } from './containers.ts';

export type Secrets = ReturnType<typeof createSecrets>;

/** Calls throw what {@link PodmanClient} throws. */
export function createSecrets(podman: PodmanClient) {
  return {
    /** The names of those that begin like this. */
    async list(prefix: string, signal?: AbortSignal): Promise<string[]> {
      const found = await podman.json<{ readonly Spec: { readonly Name: string } }[] | null>('GET', '/secrets/json', {
        ...(signal && { signal }),
      });
      return (found ?? []).map(({ Spec }) => Spec.Name).filter((name) => name.startsWith(prefix));
    },

    /** One that exists already is success: its name says which value it has. */
    async create(name: string, value: Secret): Promise<void> {
      const body = Buffer.from(value.reveal(), 'utf8');
      await podman.json('POST', '/secrets/create', { query: { name }, body }).catch((error: unknown) => {
        if (!(error instanceof PodmanError) || !/secret name in use/.test(error.message)) throw error;
      });
    },

    /** One that is gone is success. A container that was made with it cannot be started any more. */
    async remove(name: string): Promise<void> {
      await podman.json('DELETE', `/secrets/${encodeURIComponent(name)}`).catch(unlessGone);
    },
  };
}
