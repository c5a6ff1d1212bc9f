/**
 * Modes of a queue, for a request that finds its environment busy. `supersede`: it takes the place of older ones that
 * wait.
 */
export const QUEUE_MODES = ['fifo', 'supersede', 'reject'] as const;
export type QueueMode = (typeof QUEUE_MODES)[number];
