/** Watching a release until it has ended, or waits for a person. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ReleaseView } from '../../contracts/http/api.ts';
import { CliError } from '../cli-error.ts';
import { fetchRelease } from './endpoints.ts';
import type { Http } from './http.ts';
import { Unreachable } from './http.ts';

export interface FollowOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** In milliseconds; by default quick enough for a person to watch and next to nothing for the server. */
  readonly lookEveryMs?: number;
  /** Called once with each new state: `build building`, `production switching`. */
  readonly onChange: (line: string) => void;
}

/**
 * Resolves with the release once it and all its deployments have ended, or it waits for approval. Tries a server that
 * does not answer for a while (it may be restarting) again until the time is up.
 *
 * @throws CliError when the time is up.
 */
export async function watchRelease(http: Http, id: string, options: FollowOptions): Promise<ReleaseView> {
  const deadline = performance.now() + options.timeoutMs;
  const told = new Set<string>();
  let away: Unreachable | undefined;
  for (;;) {
    const seen = await lookAtRelease(http, id);
    if (seen instanceof Unreachable) {
      if (!away) options.onChange(`waiting for ${http.url} to answer again`);
      away = seen;
    } else {
      away = undefined;
      for (const line of statesOf(seen).filter((one) => !told.has(one))) {
        told.add(line);
        options.onChange(line);
      }
      if (hasEnded(seen) || waitsForApproval(seen)) return seen;
    }
    if (performance.now() > deadline) {
      if (away) throw away;
      throw new CliError(
        `Wait for release ${id}`,
        `it has not ended within ${String(options.timeoutMs / 1000)} s`,
        `It goes on without this command: \`landfall status\` shows how far it is, \`landfall cancel ${id}\` ends it.`,
      );
    }
    await delay(options.lookEveryMs ?? 500, undefined, { signal: options.signal });
  }
}

/** @returns the error of a server that does not answer, which may be restarting */
export async function lookAtRelease(http: Http, id: string): Promise<ReleaseView | Unreachable> {
  try {
    return await fetchRelease(http, id);
  } catch (error) {
    if (error instanceof Unreachable) return error;
    throw error;
  }
}

export const hasEnded = ({ state }: ReleaseView): boolean => state !== 'building' && state !== 'deploying';

export const waitsForApproval = ({ state, deployments }: ReleaseView): boolean =>
  state === 'deploying' && deployments.some((one) => one.state === 'awaiting_approval');

function statesOf({ build, deployments }: ReleaseView): string[] {
  const lines = build ? [`build ${build.state}`] : [];
  return [...lines, ...deployments.map(({ environment, state }) => `${environment} ${state.replaceAll('_', ' ')}`)];
}
