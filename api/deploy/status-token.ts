/** Addresses under which a request's status can be read by those who were given one, and cannot be guessed. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../contracts/core/secret.ts';

/** The subject of a status address, and its end (seconds since the epoch). */
export interface StatusToken {
  readonly workflowId: string;
  readonly endsAt: number;
}

const DAY_S = 86_400;
/** A release waits up to 31 days for its environment; the address outlives that, and no more. */
const LIFETIME_DAYS = 33;

/** At the end of a day, so that asking again on the same day answers the same address. */
export const statusTokenEnd = (now: number): number => (Math.floor(now / 1_000 / DAY_S) + LIFETIME_DAYS) * DAY_S;

/** The last segment of a status address. */
export const makeStatusToken = (key: Secret, { workflowId, endsAt }: StatusToken): string =>
  [Buffer.from(workflowId).toString('base64url'), endsAt.toString(36), proof(key, workflowId, endsAt)].join('.');

/** `undefined` for a token that we did not make, in any spelling but ours, or that has ended. */
export function readStatusToken(key: Secret, presented: string, now: number): StatusToken | undefined {
  const [id = '', end = ''] = presented.split('.');
  const token = { workflowId: Buffer.from(id, 'base64url').toString(), endsAt: Number.parseInt(end, 36) };
  if (!Number.isSafeInteger(token.endsAt)) return undefined;
  const [expected, given] = [Buffer.from(makeStatusToken(key, token)), Buffer.from(presented)];
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
  return now < token.endsAt * 1_000 ? token : undefined;
}

/** The key signs sessions too; the words in front keep one from passing for the other. */
const proof = (key: Secret, workflowId: string, endsAt: number): string =>
  createHmac('sha256', key.reveal()).update(`deploy status\n${endsAt}\n${workflowId}`).digest('base64url');
