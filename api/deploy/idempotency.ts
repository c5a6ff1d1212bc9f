/** Finds the deployment of a request: a new one, or the one of an earlier request (requirements, C4). */
import { deployWorkflowId } from '../../contracts/core/ids.ts';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import { onStore } from '../../store/failures.ts';
import { findEarlierRelease, type EarlierRelease } from '../../store/queries/deploy-requests.ts';
import type { ApiDeps } from '../deps.ts';
import { HttpProblem } from '../http/problem.ts';
import type { VerifiedRequest } from './verify.ts';

/** A repeated request after it landed has nothing to do. */
const JOIN_LANDED_MS = 10 * 60_000;
/** A client's own retries come within seconds; a person who asks again later wants another try. */
const JOIN_FAILED_MS = 60_000;

type JoinDeps = Pick<ApiDeps, 'store' | 'temporal'>;

/** The delivery workflow that acts, or has acted, on a request. */
export interface Joined {
  readonly workflowId: string;
  /** Nothing may be begun any more. */
  readonly onlyLook: boolean;
}

/**
 * With a nonce, the nonce decides for ever. Without one, the same body from the same sender joins its last deployment
 * while that runs, and for a while after its end unless something else went live meanwhile; then it begins a new one.
 * Several that come at once all get the same answer, whoever gives it.
 *
 * @throws {HttpProblem} 409 for a nonce that came with another body, 401 for one that is new and out of date
 */
export async function join(
  deps: JoinDeps,
  key: ServiceKey,
  { sender, fingerprint, nonce, stale }: VerifiedRequest,
): Promise<Joined> {
  if (nonce === undefined) return { workflowId: await plain(deps, key, { sender, fingerprint }), onlyLook: false };
  const workflowId = deployWorkflowId(sender, nonce);
  const known = await deps.temporal.fingerprintOf(workflowId);
  if (known !== undefined) assertSame(known, fingerprint);
  else if (stale) {
    throw new HttpProblem(
      401,
      'Stale',
      'The timestamp is more than five minutes from our clock. Sign the request when you send it; check the clock.',
    );
  }
  return { workflowId, onlyLook: stale };
}

/** @throws {HttpProblem} 409 */
export function assertSame(known: string, fingerprint: string): void {
  if (known === fingerprint) return;
  throw new HttpProblem(
    409,
    'NonceUsed',
    'This nonce came with another body before. Make up a new one for every request.',
  );
}

async function plain(
  { store }: JoinDeps,
  key: ServiceKey,
  { sender, fingerprint }: Pick<VerifiedRequest, 'sender' | 'fingerprint'>,
): Promise<string> {
  // Half of it: no nonce is that long with a dot behind it, and 128 bits are as unique.
  const body = fingerprint.slice(0, 32);
  const before = await onStore(() => findEarlierRelease(store.db, key, deployWorkflowId(sender, `${body}.`)));
  if (before && isJoined(before)) return before.requestKey;
  // Named for the one before it, so that all who find that one ended begin the same next one.
  return deployWorkflowId(sender, `${body}.${before?.sequence ?? 0}`);
}

function isJoined({ endedAt, completed, overtaken }: EarlierRelease): boolean {
  if (endedAt === null) return true;
  return !overtaken && Date.now() - endedAt.getTime() < (completed ? JOIN_LANDED_MS : JOIN_FAILED_MS);
}
