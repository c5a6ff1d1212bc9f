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
export const isUnreachable = (error: unknown): boolean =>
  causesOf(error).some(
    (one) => one instanceof NamespaceNotFoundError || (isGrpcServiceError(one) && ABOUT_THE_SERVER.has(one.code)),
  );

/** gRPC's FAILED_PRECONDITION, which Temporal's `WorkflowNotReady` is on the wire. */
const NOT_READY: ReadonlySet<number> = new Set([9]);

/** True when a failed task of the workflow kept an update from it: nothing of the update was done. */
export const isNotReady = (error: unknown): boolean =>
  causesOf(error).some((one) => isGrpcServiceError(one) && NOT_READY.has(one.code));

function causesOf(error: unknown): Error[] {
  const causes: Error[] = [];
  for (let current = error; causes.length < MAX_CAUSE_DEPTH && current instanceof Error; current = current.cause)
    causes.push(current);
  return causes;
}

/** @param attempted - goes on after "Could not" */
export const temporalAway = (attempted: string) =>
  failure(
    FailureType.TemporalUnavailable,
    `Could not ${attempted}: the Temporal server does not answer. Try again in a few seconds; GET /readyz says more.`,
  );

/** The innermost words of an error: Temporal's own. */
export const reasonOf = (error: unknown): string => causesOf(error).at(-1)?.message ?? String(error);
