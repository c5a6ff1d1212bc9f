/**
 * Tests whether the kernel takes a container's program, by the first bytes of its file (execve(2), elf(5)): with
 * `recreate` it is too late when the program is run. It refuses only when that is certain; a failed look refuses
 * nothing.
 */
import { readdir } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Containers } from '../../podman/containers.ts';

/** The kernel reads 256 bytes of a script's first line; the loader's name stands near the start of a binary. */
const HEAD_BYTES = 4_096;
const ELF = Buffer.from('\x7fELF', 'latin1');
const PT_INTERP = 3;
/** Node's name of a processor → `e_machine`. */
const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183, ppc64: 21, s390x: 22, riscv64: 243 };
/** 32 bits, which a processor of 64 may take. */
const SMALL: ReadonlySet<number> = new Set([3, 40]);
const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Programs that the kernel has other files run by, an emulator of another processor say. */
const BINFMT = '/proc/sys/fs/binfmt_misc';

export interface Refused {
  readonly program: string;
  /** In the kernel's words. */
  readonly reason: 'exec format error' | 'no such file or directory';
}

/** @param id - of a container that is ready to be started */
export async function refusedProgram(
  containers: Pick<Containers, 'program' | 'head'>,
  id: string,
  signal: AbortSignal,
): Promise<Refused | undefined> {
  const { program, env, workDir } = await containers.program(id, signal);
  const look = (file: string) => containers.head(id, { file, bytes: HEAD_BYTES, signal });
  for (const file of placesOf(program, env, workDir)) {
    const head = await look(file);
    if (head === undefined) continue;
    if (head === null) return undefined;
    const wanted = interpreterOf(head);
    if (wanted !== undefined && (await look(posix.resolve(workDir, wanted))) === undefined) {
      return { program: file, reason: 'no such file or directory' };
    }
    return isNoProgram(head) || (isForeign(head) && (await runsNothingElse()))
      ? { program: file, reason: 'exec format error' }
      : undefined;
  }
  return undefined;
}

function placesOf(program: string, env: readonly string[], workDir: string): readonly string[] {
  if (program.includes('/')) return [posix.resolve(workDir, program)];
  const path = env.find((one) => one.startsWith('PATH='))?.slice('PATH='.length) ?? USUAL_PATH;
  return path
    .split(':')
    .filter((folder) => folder !== '')
    .map((folder) => posix.resolve(workDir, folder, program));
}

/** The program that runs it: the one in a script's first line, or a binary's dynamic loader. */
export function interpreterOf(head: Buffer): string | undefined {
  if (head.toString('latin1', 0, 2) === '#!') {
    const line = head.toString('utf8', 2).split('\n', 1)[0] ?? '';
    return /^[ \t]*([^ \t]+)/.exec(line)?.[1];
  }
  return isElf(head) ? loaderOf(head) : undefined;
}

/** Nothing that any kernel takes: an empty file, or text without a first line that names its interpreter. */
export function isNoProgram(head: Buffer): boolean {
  if (head.length === 0) return true;
  const start = head.toString('latin1', 0, 64);
  return /^[\t\n\r -~]+$/.test(start) && !start.startsWith('#!') && !start.startsWith('MZ');
}

const isElf = (head: Buffer): boolean => head.subarray(0, ELF.length).equals(ELF) && head.length >= 64;

/** True for a binary of another processor than this host's. */
export function isForeign(head: Buffer, architecture: string = process.arch): boolean {
  const own = MACHINES[architecture];
  if (!isElf(head) || own === undefined) return false;
  const machine = head[5] === 1 ? head.readUInt16LE(18) : head.readUInt16BE(18);
  return machine !== own && !SMALL.has(machine);
}

function loaderOf(head: Buffer): string | undefined {
  const [wide, little] = [head[4] === 2, head[5] === 1];
  const half = (at: number) => (little ? head.readUInt16LE(at) : head.readUInt16BE(at));
  const word = (at: number) => (little ? head.readUInt32LE(at) : head.readUInt32BE(at));
  const long = (at: number) => (wide ? Number(little ? head.readBigUInt64LE(at) : head.readBigUInt64BE(at)) : word(at));
  try {
    const [table, size, count] = [long(wide ? 32 : 28), half(wide ? 54 : 42), half(wide ? 56 : 44)];
    for (let at = table; at < table + size * count; at += size) {
      if (word(at) !== PT_INTERP) continue;
      const [start, length] = [long(at + (wide ? 8 : 4)), long(at + (wide ? 32 : 16))];
      if (start + length > head.length) return undefined;
      return head.toString('utf8', start, start + length).split('\0', 1)[0];
    }
  } catch {
    // Its table lies beyond what was read, or is none.
  }
  return undefined;
}

/** The kernel says of every other program that it runs; where its list is not shown nothing is certain. */
async function runsNothingElse(): Promise<boolean> {
  const known = await readdir(BINFMT).catch((): string[] => []);
  return known.includes('status') && known.every((name) => name === 'status' || name === 'register');
}
