/** The memory that processes of Linux take together (proc(5), smaps and smaps_rollup). */
import { readdirSync, readFileSync } from 'node:fs';

/** The roots of the processes of one part, by the part's name. */
export type Parts = ReadonlyMap<string, number>;

export interface Resident {
  readonly part: string;
  readonly processes: number;
  /** In MB, as {@link residentOf} counts. */
  readonly mb: number;
  /** In MB, as `ps` and `top` count: what processes share counts once for each of them. */
  readonly rssMb: number;
}

interface Taken {
  readonly rss: number;
  /** Pages of no file, or of shared memory: one that n processes share counts an n-th for each. */
  readonly own: number;
  /** Pages by mapped part of a file. */
  readonly files: ReadonlyMap<string, number>;
}

/**
 * The memory of each part with its descendants, other parts excepted. A file's pages count once, for the first part that maps them, whoever else on
 * this machine runs the same program: the sum is what the parts take on a machine of their own.
 */
export function residentOf(parts: Parts): readonly Resident[] {
  const children = childrenByParent(new Set(parts.values()));
  const counted = new Map<string, number>();
  return [...parts].map(([part, root]) => {
    const taken = withDescendants(root, children).map(takenBy);
    let kb = 0;
    for (const { own, files } of taken) {
      kb += own;
      for (const [mapping, size] of files) {
        const before = counted.get(mapping) ?? 0;
        kb += Math.max(0, size - before);
        counted.set(mapping, Math.max(size, before));
      }
    }
    const rss = taken.reduce((sum, one) => sum + one.rss, 0);
    return { part, processes: taken.length, mb: (kb * 1024) / 1e6, rssMb: (rss * 1024) / 1e6 };
  });
}

function withDescendants(pid: number, children: ReadonlyMap<number, readonly number[]>): number[] {
  return [pid, ...(children.get(pid) ?? []).flatMap((child) => withDescendants(child, children))];
}

function childrenByParent(roots: ReadonlySet<number>): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || roots.has(Number(name))) continue;
    const parent = Number(/^PPid:\s+(\d+)$/m.exec(read(Number(name), 'status'))?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  return children;
}

/** `7f… r-xp 00001000 fe:00 1234   /usr/bin/program`: range, rights, offset, device, inode, path. */
const MAPPING = /^[0-9a-f]+-[0-9a-f]+ \S+ ([0-9a-f]+) (\S+) (\d+)/;

function takenBy(pid: number): Taken {
  const rollup = read(pid, 'smaps_rollup');
  const files = new Map<string, number>();
  let mapping: string | undefined;
  for (const line of read(pid, 'smaps').split('\n')) {
    const [, offset, device, inode] = MAPPING.exec(line) ?? [];
    // Shared memory has an inode as well; it is in Pss_Shmem.
    if (inode !== undefined) mapping = inode === '0' || isShared(line) ? undefined : `${device} ${inode} ${offset}`;
    else if (mapping !== undefined) {
      const kb = /^(Rss|Anonymous):\s+(\d+) kB$/.exec(line);
      if (kb) files.set(mapping, (files.get(mapping) ?? 0) + (kb[1] === 'Rss' ? 1 : -1) * Number(kb[2]));
    }
  }
  return { rss: kbOf(rollup, 'Rss'), own: kbOf(rollup, 'Pss_Anon') + kbOf(rollup, 'Pss_Shmem'), files };
}

const isShared = (line: string): boolean => /\/dev\/zero \(deleted\)|\/SYSV|\/memfd:|\/dev\/shm\//.test(line);

const kbOf = (rollup: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(rollup)?.[1] ?? 0);

/** Empty for a process that has just ended, and for one of the kernel's. */
function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${String(pid)}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
