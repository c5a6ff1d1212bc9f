/** The refusal of deployments that were overtaken (docs/adr, "Order by sequence, fence by generation"). */
import { FailureType, failure } from '../../contracts/core/failures.ts';

/** The operations allowed once a generation has been taken back. */
export const MAY = {
  /** Nothing: a switch that comes late must not bring it up again. */
  switch: 0,
  /** Taking it back again, and tidying up after it. */
  unwind: 1,
} as const;
export type Slack = (typeof MAY)[keyof typeof MAY];

export const staleGeneration = (id: string, generation: number, newest: number) =>
  failure(
    FailureType.StaleGeneration,
    `${id} has seen generation ${newest} here, so generation ${generation} may not touch it any more. No action is needed: the newer deployment counts.`,
  );
