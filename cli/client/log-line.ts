import { z } from 'zod';
import type { LogLine } from '../../contracts/deployment/logs.ts';

/** One line of a log as the API sends it. */
export const Line = z.object({
  at: z.number(),
  source: z.enum(['landfall', 'git', 'build', 'push', 'deploy', 'release', 'health']),
  text: z.string(),
}) satisfies z.ZodType<LogLine>;
