/** The logs of a release: that of its build, then that of each deployment, in the order in which they begin. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ReleaseView } from '../../contracts/http/api.ts';
import type { LogLine } from '../../contracts/deployment/logs.ts';
import { isDeploymentOutcome } from '../../contracts/deployment/states.ts';
import { fetchLog, fetchRelease, logPath } from './endpoints.ts';
import { printLog, type FollowLogOptions } from './follow-log.ts';
import { hasEnded, lookAtRelease, waitsForApproval } from './follow-release.ts';
import type { Http } from './http.ts';
import { Unreachable } from './http.ts';

/** Quick enough for a person, next to nothing for the server. */
const LOOK_EVERY_MS = 500;

/** All that there is so far. @throws CliError when there is no such release */
export async function releaseLog(http: Http, id: string): Promise<LogLine[]> {
  const logs = await Promise.all(logsOf(await fetchRelease(http, id)).map((path) => fetchLog(http, path)));
  return logs.flat();
}

/**
 * Follows one log after the other until the release has ended, or waits for approval.
 *
 * @returns the deployments that wait for approval
 * @throws CliError when there is no such release, or the server stays away
 */
export async function followReleaseLogs(http: Http, id: string, options: FollowLogOptions): Promise<readonly string[]> {
  const shown = new Set<string>();
  for (;;) {
    const seen = await lookAtRelease(http, id);
    if (seen instanceof Unreachable && shown.size === 0) throw seen;
    if (!(seen instanceof Unreachable)) {
      const next = logsOf(seen).find((path) => !shown.has(path));
      if (next !== undefined) {
        shown.add(next);
        await printLog(http, next, options);
        continue;
      }
      if (hasEnded(seen)) return [];
      if (waitsForApproval(seen)) return waitingIn(seen);
    }
    await delay(LOOK_EVERY_MS, undefined, { signal: options.signal });
  }
}

const waitingIn = ({ deployments }: ReleaseView): string[] =>
  deployments.filter(({ state }) => state === 'awaiting_approval').map(({ id }) => id);

/** Those that have begun. A deployment that was given up before it began has none. */
function logsOf({ build, deployments }: ReleaseView): string[] {
  const begun = deployments.filter((one) => one.state !== 'awaiting_approval' && !isUnbegun(one));
  return [
    ...(build ? [logPath({ kind: 'build', id: build.id })] : []),
    ...begun.map(({ id }) => logPath({ kind: 'deployment', id })),
  ];
}

const isUnbegun = ({ state, generation }: ReleaseView['deployments'][number]): boolean =>
  isDeploymentOutcome(state) && generation === null;
