/** Programs in Go. */

/**
 * The heap grows by half before garbage is collected (package runtime, "GOGC"), not to twice its size. For programs that work in short
 * bursts and rest in between. Temporal is none: it held 12 MB less, and would have collected twice as often under load.
 */
export const SMALL_HEAP = { GOGC: '50' } as const;
