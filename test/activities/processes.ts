/** The processes on this machine, as every user of it can see them. */
import { readdirSync, readFileSync } from 'node:fs';

/** Processes whose command line holds this text. Its parts are separated by a blank. */
export function withCommandLine(text: string): readonly number[] {
  return pids().filter((pid) => read(pid, 'cmdline').includes(text));
}

/** Processes whose environment holds this text: every descendant inherits it. */
export function withEnvironment(text: string): readonly number[] {
  return pids().filter((pid) => read(pid, 'environ').includes(text));
}

/** One line a process. */
export const commandLines = (): string =>
  pids()
    .map((pid) => read(pid, 'cmdline'))
    .join('\n');

const pids = (): readonly number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);

/** Empty for one that has ended in the meantime. */
function read(pid: number, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
