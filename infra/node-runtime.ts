/** How Node runs Landfall's own processes. */

/**
 * On a machine with much memory V8 lets its heaps grow instead of collecting garbage, in every thread. Measured with 50
 * deployments in flight: 1,090 MB and growing without these, 520 MB and flat with them.
 */
export const NODE_OPTIONS: readonly string[] = ['--max-semi-space-size=8', '--max-old-space-size=512'];

/** glibc keeps an arena for each of the many threads of Temporal's core otherwise (mallopt(3), M_ARENA_MAX). */
export const NODE_ENV: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '2' };
