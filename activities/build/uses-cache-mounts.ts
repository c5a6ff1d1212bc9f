import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recipe } from './builders/builder.port.ts';

/** `RUN --mount=type=cache` (Dockerfile reference). A mention elsewhere counts, too: it costs a build some time. */
const CACHE_MOUNT = /type\s*=\s*["']?cache/i;

/** Whether the recipe's Dockerfile keeps something from one build to the next outside of its layers. */
export async function usesCacheMounts(recipe: Recipe): Promise<boolean> {
  return CACHE_MOUNT.test(await dockerfileText(recipe));
}

async function dockerfileText({ context, dockerfile, added }: Recipe): Promise<string> {
  const generated = added.find(({ path }) => path === dockerfile);
  return generated?.text ?? readFile(join(context, dockerfile), 'utf8');
}
