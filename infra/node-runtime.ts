/** How Node runs Landfall's own processes. */

/**
 * On a machine with much memory V8 lets its heaps grow instead of collecting garbage, in every thread. Measured with 50
 * deployments in flight: 1,090 MB and growing without these, 520 MB and flat with them.
 */
const HEAPS = ['--max-semi-space-size=8', '--max-old-space-size=512'] as const;

/**
 * The one WebAssembly here is the embedded database. V8's optimizing compiler for it needs a second of processor time
 * and 300 MB for a while in a process's first two thousand queries, just when a restarted Landfall has work waiting,
 * and makes queries a fifth faster afterwards (0.5 instead of 0.65 ms, measured).
 */
const DATABASE = ['--liftoff-only'] as const;

/** Each says of itself why it is there, and what it saves. */
export const PRELOADED: readonly string[] = [
  new URL('quick-resolve.mjs', import.meta.url),
  new URL('../workers/workflow-stacks.ts', import.meta.url),
].map(({ href }) => `--import=${href}`);

export const NODE_OPTIONS: readonly string[] = [...HEAPS, ...DATABASE, ...PRELOADED];

/** glibc keeps an arena for each of the many threads of Temporal's core otherwise (mallopt(3), M_ARENA_MAX). */
export const NODE_ENV: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '2' };

/**
 * Keeps Node's compiled code in `folder` for the next start: it saves a fifth of a restart's processor time, measured.
 */
export const keepCompiled = (folder: string): Readonly<Record<string, string>> => ({ NODE_COMPILE_CACHE: folder });
