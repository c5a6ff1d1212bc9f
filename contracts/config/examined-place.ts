/** A place, as `landfall doctor` found it: one JSON line of workers/examine-places.ts. */
import { z } from 'zod';

export const ExaminedPlace = z.object({
  /** With the word for its kind: `cluster eu`. */
  place: z.string(),
  /** True: everything that Landfall needs there is there. */
  ok: z.boolean(),
  detail: z.string(),
  /** Advice for a person. */
  todo: z.string().exactOptional(),
});
export type ExaminedPlace = z.infer<typeof ExaminedPlace>;
