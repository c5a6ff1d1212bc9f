/** A process is identified by its id and its start, because the system reuses ids. */
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import tools from '../tools.json' with { type: 'json' };
import { bareEnv } from './bare-env.ts';
import type { Tool } from './locate.ts';

export interface Identity {
  readonly pid: number;
  /** Compared as text only. */
  readonly start: string;
}

const isLinux = process.platform === 'linux';

/**
 * The start of a process. Together with its id it names one process for ever: on Linux by the boot and the clock ticks
 * since then (proc(5), starttime), which no change of the time of day touches; elsewhere by `ps` (POSIX).
 *
 * @returns `undefined` when there is no such process, or it has ended and its parent has not noticed yet.
 */
async function startOf(pid: number): Promise<string | undefined> {
  if (isLinux) {
    const found = statOf(pid);
    return found && `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${found.ticks}`;
  }
  return (await ps('-o', 'lstart=', '-p', String(pid))) || undefined;
}

/** A process that has ended already has no start; its identity never matches one that runs. */
export async function identityOf(pid: number): Promise<Identity> {
  return { pid, start: (await startOf(pid)) ?? 'gone' };
}

export const isRunning = async ({ pid, start }: Identity): Promise<boolean> => (await startOf(pid)) === start;

/** True when a process has this id. A process that has ended and waits for its parent (a zombie) is not alive. */
export function isAlive(pid: number): boolean {
  if (isLinux) return statOf(pid) !== undefined;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The process's command line; empty when it is gone. */
export async function commandOf(pid: number): Promise<readonly string[]> {
  if (isLinux) return procFile(pid, 'cmdline').split('\0');
  return (await ps('-o', 'args=', '-p', String(pid))).split(' ');
}

/**
 * This user's processes that run a tool on this file, the newest first: it stands in their command line, and they lead
 * a process group, as everything that we start does.
 */
export async function findRunning(tool: Tool, file: string): Promise<number[]> {
  const names: readonly string[] = tools[tool].names;
  const all = isLinux ? processesOfProc() : await processesOfPs();
  return all
    .filter(
      ({ pid, group, words }) => pid === group && names.includes(basename(words[0] ?? '')) && words.includes(file),
    )
    .toSorted((a, b) => b.age - a.age)
    .map(({ pid }) => pid);
}

interface Found {
  readonly pid: number;
  readonly group: number;
  readonly words: readonly string[];
  /** Higher is younger. */
  readonly age: number;
}

function processesOfProc(): Found[] {
  return readdirSync('/proc')
    .map(Number)
    .flatMap((pid): Found[] => {
      const stat = pid > 0 ? statOf(pid) : undefined;
      if (!stat || statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid !== process.getuid?.()) return [];
      return [{ pid, group: stat.group, words: procFile(pid, 'cmdline').split('\0'), age: Number(stat.ticks) }];
    });
}

/** Its order is that of the ids, which grow in general. A path with a blank in it is not found. */
async function processesOfPs(): Promise<Found[]> {
  return (await ps('-x', '-o', 'pid=,pgid=,args=')).split('\n').map((line) => {
    const [pid, group, ...words] = line.trim().split(/\s+/);
    return { pid: Number(pid), group: Number(group), words, age: Number(pid) };
  });
}

/** The process group; `undefined` for a process that is gone. Linux only. */
export const groupOf = (pid: number): number | undefined => statOf(pid)?.group;

/** The name of the program, in brackets, may hold anything; what follows it is numbers (proc(5)). */
function statOf(pid: number): { readonly group: number; readonly ticks: string } | undefined {
  const text = procFile(pid, 'stat');
  const [state = 'X', , group, ...more] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return text === '' || state === 'Z' || state === 'X' ? undefined : { group: Number(group), ticks: more[16] ?? '' };
}

function procFile(pid: number, name: 'stat' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    // The process has ended.
    return '';
  }
}

async function ps(...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('ps', args, { env: bareEnv() });
    return stdout.trim();
  } catch (error) {
    // `ps` exits with 1 when it finds nothing; without `ps` we could not tell our processes from others.
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 1) return '';
    throw error;
  }
}
