/** The findings of a version before it takes over. */
import { z } from 'zod';

/** A version's code replayed on the histories of the workflows that are open. */
export const Rehearsal = z.object({
  replayed: z.int(),
  /** Workflows that the version could not go on with, {@link SHOWN_BROKEN} at most. */
  broken: z.array(z.object({ workflowId: z.string(), why: z.string() })).readonly(),
  /** How many more of them there are. */
  more: z.int(),
});
export type Rehearsal = Readonly<z.infer<typeof Rehearsal>>;

/** Enough to see which kind of workflow it is. */
export const SHOWN_BROKEN = 10;

export const UpgradeCheck = z.object({
  version: z.string(),
  /** The version that took over last; `null` on a store of before there was a record of that. */
  former: z.string().nullable(),
  /** Migrations that the database lacks. */
  lacks: z.array(z.string()).readonly(),
  /** True when the database has additions that this version does not know, which is no obstacle. */
  isNewer: z.boolean(),
  /** `null`: the same workflows' code took over last. */
  rehearsal: Rehearsal.nullable(),
});
export type UpgradeCheck = Readonly<z.infer<typeof UpgradeCheck>>;

/** The line that workers/check-upgrade.ts prints. */
export const UpgradeCheckLine = z.union([UpgradeCheck, z.object({ error: z.string() })]);
export type UpgradeCheckLine = z.infer<typeof UpgradeCheckLine>;

/** One line for each workflow that would break. */
export function brokenLines({ broken, more }: Rehearsal): readonly string[] {
  const lines = broken.map(({ workflowId, why }) => `${workflowId}: ${why}`);
  return more === 0 ? lines : [...lines, `and ${String(more)} more`];
}
