// @ts-check
/**
 * Tunes Node for Landfall's own processes and for the tests. Nothing here changes what any of them does: it costs less
 * processor time and memory. The gain of each part, and how it was measured: docs/adr/0030-runtime-tuning.md.
 */

/** The one switch: `off` turns all of it off. */
export const SWITCH = 'LANDFALL_RUNTIME_TUNING';

/**
 * @typedef {object} Tuning
 * @property {readonly string[]} args - of Node, before the program
 * @property {Readonly<Record<string, string>>} env - added to the program's environment
 */

/** @typedef {Readonly<Record<string, string | undefined>>} Env */

/** On a machine with much memory V8 lets its heaps grow instead of collecting garbage, in every thread. */
const HEAPS = ['--max-semi-space-size=8', '--max-old-space-size=512'];

/**
 * glibc keeps an arena for each of the many threads of Temporal's core otherwise, and raises by itself the size from which it gives a
 * freed block back to the system at once (mallopt(3), M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD).
 */
const MALLOC = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '65536', MALLOC_TRIM_THRESHOLD_: '131072' };

/** Each file says why it is there. */
const QUICK_RESOLVE = `--import=${new URL('quick-resolve.mjs', import.meta.url).href}`;
const WORKFLOW_STACKS = `--import=${new URL('workflow-stacks.mjs', import.meta.url).href}`;
const REST = `--import=${new URL('rest-preload.mjs', import.meta.url).href}`;

/** A test file lives for seconds: V8's helper threads would take the two processors that the tests need. */
const SHORT_LIVED = ['--single-threaded-gc', '--no-opt'];

/**
 * @param {Env} env
 * @throws {Error} when the switch says neither `on` nor `off`
 */
export function isTuned(env) {
  const said = env[SWITCH] || 'on';
  if (said === 'on' || said === 'off') return said === 'on';
  throw new Error(`${SWITCH} is ${JSON.stringify(said)}: use on or off`);
}

/**
 * The tuning of a process of Landfall's. Its threads inherit it.
 *
 * @param {Env} env
 * @param {string} [compiled] - the folder in which Node keeps what it has compiled for the next start
 * @returns {Tuning}
 * @throws {Error} as {@link isTuned}
 */
export function runtimeTuning(env, compiled) {
  if (!isTuned(env)) return { args: [], env: {} };
  return {
    args: [...HEAPS, ...preloads(env), REST],
    env: { ...MALLOC, ...(compiled !== undefined && { NODE_COMPILE_CACHE: compiled }) },
  };
}

/**
 * The part for a process that measures or is measured: its heaps stay as V8 has them.
 *
 * @param {Env} env
 * @returns {readonly string[]} arguments of Node
 * @throws {Error} as {@link isTuned}
 */
export const preloads = (env) => (isTuned(env) ? [QUICK_RESOLVE, WORKFLOW_STACKS] : []);

/**
 * The tuning of jest's processes.
 *
 * @param {Env} env
 * @returns {readonly string[]} arguments of Node
 * @throws {Error} as {@link isTuned}
 */
export const testTuning = (env) => (isTuned(env) ? [...SHORT_LIVED, WORKFLOW_STACKS] : []);
