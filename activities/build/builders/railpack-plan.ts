/** The parts of railpack-plan.json that a build needs (railpack.com, "Build Plan"; core/plan of railpack 0.x). */
import { z } from 'zod';

const variables = z.record(z.string(), z.string()).default({});

/** A source of files. `include` selects them; the first layer of a step is taken whole, as its base. */
const Layer = z.object({
  image: z.string().optional(),
  step: z.string().optional(),
  local: z.boolean().optional(),
  include: z.array(z.string()).default([]),
});
export type Layer = z.infer<typeof Layer>;

const Command = z.union([
  z.object({ cmd: z.string() }),
  z.object({ src: z.string(), dest: z.string(), image: z.string().optional() }),
  z.object({ name: z.string(), path: z.string(), mode: z.int().optional() }),
  z.object({ path: z.string() }),
]);
export type PlanCommand = z.infer<typeof Command>;

const PlanStep = z.object({
  name: z.string(),
  inputs: z.array(Layer).default([]),
  commands: z.array(Command).default([]),
  /** Texts that a command writes to a file. */
  assets: variables,
  variables,
  caches: z.array(z.string()).default([]),
});
export type PlanStep = z.infer<typeof PlanStep>;

export const RailpackPlan = z.object({
  steps: z.array(PlanStep).default([]),
  caches: z.record(z.string(), z.object({ directory: z.string() })).default({}),
  deploy: z
    .object({
      base: Layer.optional(),
      inputs: z.array(Layer).default([]),
      startCommand: z.string().default(''),
      variables,
      paths: z.array(z.string()).default([]),
    })
    .prefault({}),
});
export type RailpackPlan = z.infer<typeof RailpackPlan>;
