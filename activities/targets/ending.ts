import type { RunSettings } from '../../contracts/config/service.ts';

/** 128 + SIGKILL. */
const KILLED = 137;

export interface ContainerEnd {
  readonly exitCode: number;
  /** The engine has seen the kernel end it for want of memory. It does not see every such end. */
  readonly oomKilled: boolean;
}

/**
 * The reason why a container was killed, in a sentence with what to do; empty for one that ended by itself. The kernel
 * kills a process that wants more memory than it may have, and Podman 4 does not see it on every system: the exit code
 * and the limit show it.
 */
export function endedBy(
  { exitCode, oomKilled }: ContainerEnd,
  { memoryBytes }: Pick<RunSettings, 'memoryBytes'>,
): string {
  if (exitCode !== KILLED && !oomKilled) return '';
  if (memoryBytes === undefined) {
    return 'It was killed from outside, by the kernel if this host is short of memory: look at its kernel log. run.memory limits what a service may use.';
  }
  const limit = `its limit of ${memoryBytes / 1e6} MB (run.memory)`;
  return oomKilled
    ? `It ran out of memory, and the kernel killed it at ${limit}. Raise it, or let the program use less.`
    : `It was killed, as the kernel does with what wants more memory than ${limit}. Raise it, or let the program use less.`;
}
