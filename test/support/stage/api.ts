/** Landfall's HTTP API, as far as stages look at it. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { DeploymentView, ReleaseView } from '../../../contracts/http/api.ts';

export type Api = ReturnType<typeof createApi>;

const FINAL: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);
/** Each look reads several tables in the very process that is to deploy: more often, and it would do little else. */
const LOOK_EVERY_MS = 250;

export function createApi(url: string, token: string) {
  async function get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`GET ${path} answered ${String(response.status)}: ${await response.text()}`);
    return schema.parse(await response.json());
  }

  /** Looks until there is something; Landfall being away for a while is part of many a test. */
  async function eventually<T>(
    what: string,
    limitMs: number,
    look: () => Promise<T | undefined>,
    everyMs = LOOK_EVERY_MS,
  ): Promise<T> {
    const deadline = performance.now() + limitMs;
    let last: unknown;
    while (performance.now() < deadline) {
      try {
        const found = await look();
        if (found !== undefined) return found;
      } catch (error) {
        last = error;
      }
      await delay(everyMs);
    }
    throw new Error(`waited ${String(limitMs)} ms in vain for ${what}`, { cause: last });
  }

  const releases = () => get('/api/releases', z.array(ReleaseView));

  return {
    get,
    eventually,
    /** A request with the token, for what has no helper here. */
    send: (method: string, path: string, body?: unknown) =>
      fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    deployment: (id: string) => get(`/api/deployments/${id}`, DeploymentView),
    /** The commit's newest release, once there is one. */
    releaseOf: (commit: string, limitMs = 60_000): Promise<ReleaseView> =>
      eventually(`a release of ${commit}`, limitMs, async () =>
        (await releases()).find((one) => one.commit === commit),
      ),
    /** The commit's newest release, once it has ended. */
    ended: (commit: string, limitMs = 120_000): Promise<ReleaseView> =>
      eventually(`the end of ${commit}`, limitMs, async () =>
        (await releases()).find((one) => one.commit === commit && FINAL.has(one.state)),
      ),
  };
}
