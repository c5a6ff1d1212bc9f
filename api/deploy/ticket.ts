/** Addresses under which a request's status can be read by whoever was given one, and by nobody who guesses. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../contracts/secret.ts';

/** The last segment of a status address. */
export const makeTicket = (key: Secret, workflowId: string): string =>
  `${Buffer.from(workflowId).toString('base64url')}.${proof(key, workflowId).toString('base64url')}`;

/** The workflow id; `undefined` for a ticket that we did not make. */
export function readTicket(key: Secret, ticket: string): string | undefined {
  const [id = '', given = ''] = ticket.split('.');
  const workflowId = Buffer.from(id, 'base64url').toString();
  const expected = proof(key, workflowId);
  const presented = Buffer.from(given, 'base64url');
  return presented.length === expected.length && timingSafeEqual(presented, expected) ? workflowId : undefined;
}

/** The key signs sessions too; the words in front keep one from passing for the other. */
const proof = (key: Secret, workflowId: string): Buffer =>
  createHmac('sha256', key.reveal()).update(`deploy status\n${workflowId}`).digest();
