import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';

const Examples = z.array(z.object({ name: z.string(), examples: z.array(z.unknown()) }));

/** Payloads that GitHub really sent, by event. Read as a file: the package's types describe it as something else. */
export const examples = Examples.parse(
  JSON.parse(readFileSync(createRequire(import.meta.url).resolve('@octokit/webhooks-examples'), 'utf8')),
);
