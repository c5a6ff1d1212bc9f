/** The leftovers of the suite's run on the machine: processes (each container has one), mounts, folders. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Leak {
  readonly what: string;
  readonly pid?: number;
  readonly mount?: string;
}

/** A process may need a moment to end after its signal. */
const PATIENCE_MS = 5_000;

/**
 * @param dir - the run's folder: what belongs to the run names it in its command line, its environment or its path.
 * @param expected - names of folders in it that are no leak.
 */
export async function findLeaks(dir: string, expected: readonly string[], patienceMs = PATIENCE_MS): Promise<Leak[]> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const leaks = [...leakedProcesses(dir), ...leakedMounts(dir), ...leakedFolders(dir, expected)];
    if (leaks.length === 0 || performance.now() > deadline) return leaks;
    await delay(100);
  }
}

/** So that one red run does not make the next one red too. */
export function removeLeaks(leaks: readonly Leak[]): void {
  for (const { pid } of leaks) if (pid !== undefined) endProcess(pid);
  for (const { mount } of leaks) if (mount !== undefined) execFileSync('umount', ['--lazy', mount]);
}

function leakedProcesses(dir: string): Leak[] {
  if (!existsSync('/proc/self')) return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && belongsTo(dir, pid))
    .map((pid) => ({ what: `process ${pid}: ${commandLine(pid).slice(0, 300)}`, pid }));
}

function belongsTo(dir: string, pid: number): boolean {
  const command = commandLine(pid);
  // Jest's own workers are still ending; a process without a command line has ended and waits for its parent.
  if (command === '' || command.includes('jest-worker')) return false;
  return command.includes(dir) || read(pid, 'environ').includes(dir) || workingFolder(pid).startsWith(dir);
}

function commandLine(pid: number): string {
  return read(pid, 'cmdline').replaceAll('\0', ' ').trim();
}

function read(pid: number, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function leakedMounts(dir: string): Leak[] {
  if (!existsSync('/proc/self/mounts')) return [];
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((mount) => mount.startsWith(`${dir}/`))
    .reverse()
    .map((mount) => ({ what: `mount ${mount}`, mount }));
}

function leakedFolders(dir: string, expected: readonly string[]): Leak[] {
  return readdirSync(dir)
    .filter((name) => !expected.includes(name))
    .map((name) => ({ what: `folder ${join(dir, name)}` }));
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}
