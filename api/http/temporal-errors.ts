/** Telling "Temporal is not there" from "Temporal refuses this": the first is waited out, the second never gets better. */
import { isGrpcServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { FailureType, failure } from '../../contracts/core/failures.ts';

/**
 * gRPC codes that say something about the server or our access to it, not about the one request
 * (https://grpc.io/docs/guides/status-codes): cancelled (our own deadline), unknown, deadline exceeded,
 * permission denied, resource exhausted, aborted, unavailable, data loss, unauthenticated.
 */
const ABOUT_THE_SERVER: ReadonlySet<number> = new Set([1, 2, 4, 7, 8, 10, 14, 15, 16]);

/** A gRPC error sits one level down in the SDK's own; the rest is margin against cycles. */
const MAX_CAUSE_DEPTH = 4;

/** True when the same request, unchanged, could succeed once Temporal is well again. */
export function isUnreachable(error: unknown): boolean {
  let current: unknown = error;
  for (let depth = 0; depth < MAX_CAUSE_DEPTH && current instanceof Error; depth += 1) {
    if (current instanceof NamespaceNotFoundError) return true;
    if (isGrpcServiceError(current) && ABOUT_THE_SERVER.has(current.code)) return true;
    current = current.cause;
  }
  return false;
}

/** @param attempted - goes on after "Could not" */
export const temporalAway = (attempted: string) =>
  failure(
    FailureType.TemporalUnavailable,
    `Could not ${attempted}: the Temporal server does not answer. Try again in a few seconds; GET /readyz says more.`,
  );

/** The innermost words of an error: Temporal's own. */
export function reasonOf(error: unknown): string {
  let reason = String(error);
  let current: unknown = error;
  for (let depth = 0; depth < MAX_CAUSE_DEPTH && current instanceof Error; depth += 1) {
    reason = current.message;
    current = current.cause;
  }
  return reason;
}
