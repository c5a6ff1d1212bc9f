import type { Context } from 'hono';
import type { ReleaseInput } from '../../contracts/deployment/release.ts';
import { type EventStream, event, lineEvents, streamEvents } from '../logs/server-sent-events.ts';
import { findRelease } from '../../store/queries/release-views.ts';
import type { ApiDeps, ApiEnv } from '../deps.ts';
import { followLog } from '../logs/follow.ts';
import { logFile } from '../logs/file.ts';
import { problemOf } from '../http/problem.ts';
import type { Patience } from '../temporal/gateway.ts';
import { endAnswer, unendedAnswer } from './responses.ts';
import { decidedRelease, deploymentOf, describe, follow, type ProgressDeps } from './progress.ts';
import type { StatusToken } from './status-token.ts';

type StreamDeps = ProgressDeps & Pick<ApiDeps, 'logger'>;

/**
 * The deployment as server-sent events: `state` when it enters one, its log line by line, and `end` with what would
 * have been the answer; that one's `status` is what counts, because HTTP's own has been sent long before.
 */
export function streamProgress(c: Context<ApiEnv>, deps: StreamDeps, token: StatusToken, patience: Patience): Response {
  const { workflowId } = token;
  return streamEvents(c, async (out) => {
    const until = performance.now() + patience.limitMs;
    const left = () => ({ ...patience, limitMs: until - performance.now() });
    try {
      const release = await decidedRelease(deps, workflowId, patience);
      if (release) await sendLog(out, deps, release, left());
      const progress = await follow(deps, workflowId, left());
      const known = await describe(deps, token, progress);
      const isClosing = c.env.closing?.aborted ?? false;
      const { status, body } = progress.ended ? endAnswer(progress.ended, known) : unendedAnswer(known, { isClosing });
      await out.write(event('end', { ...body, status }));
    } catch (error) {
      const { status, type, message } = await problemOf(error, deps.logger);
      await out.write(event('end', { status, type: `urn:landfall:problem:${type}`, detail: message }));
    }
  });
}

async function sendLog(out: EventStream, deps: StreamDeps, release: ReleaseInput, { limitMs, signal }: Patience) {
  const file = logFile(deps.logDir, { kind: 'deployment', id: deploymentOf(release) });
  let last: string | undefined;
  const hasEnded = async () => {
    const view = await findRelease(deps.store.db, release.releaseId);
    const state = view?.deployments[0]?.state;
    if (state !== undefined && state !== last) await out.write(event('state', { state }));
    last = state;
    return view !== undefined && view.state !== 'building' && view.state !== 'deploying';
  };
  const enough = AbortSignal.any([signal, AbortSignal.timeout(Math.max(0, Math.ceil(limitMs)))]);
  for await (const chunk of followLog({ file, from: 0, hasEnded, signal: enough })) await out.write(lineEvents(chunk));
}
