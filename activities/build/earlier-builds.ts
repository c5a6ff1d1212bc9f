/**
 * The files that earlier builds of a service had in their contexts on this host, and since when. A file keeps its time
 * for as long as its content stays.
 *
 * A layer of the engine's cache keeps the times of the build that made it. A service that goes back to a file's earlier
 * content may get such a layer, and tools that compare times then take a later build's files in a cache mount for newer
 * (ADR 0012).
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ServiceKey } from '../../contracts/core/keys.ts';
import type { CommittedFile } from '../source/list-files.ts';

interface Memory {
  /** Fingerprints of files, in the order in which builds brought them. */
  readonly seen: readonly string[];
  /**
   * The times, in seconds, of files that every build has had since they came, or since a build with new layers ended
   * well.
   */
  readonly settled: ReadonlyMap<string, number>;
}

/** `RUN --mount=type=cache` (Dockerfile reference). A mention elsewhere counts, too: it costs a build some time. */
const CACHE_MOUNT = /type\s*=\s*["']?cache/i;

/** True when a Dockerfile keeps files from one build to the next outside of its layers. */
export const usesCacheMounts = (dockerfile: string): boolean => CACHE_MOUNT.test(dockerfile);

/** Fingerprints that are kept, 16 characters each. The oldest go first. */
const MAX_SEEN = 500_000;

interface Context {
  /**
   * True when a file may have had another content since the engine's cache got this one; also when nothing is known,
   * because the cache may be older than these notes.
   */
  readonly wentBack: boolean;
  /** The time of a file or folder, in seconds. */
  timeOf(path: string): number;
  /** Notes that the build ended well: what cache mounts hold was made from these files. */
  end(): void;
}

/**
 * Notes that a build of the service with these files begins. Synchronous throughout: two builds never overwrite each other's
 * notes.
 *
 * @param now - in seconds: the time of what is new
 */
export function beginContext(
  workDir: string,
  { project, service }: ServiceKey,
  files: readonly CommittedFile[],
  now: number,
): Context {
  const notes = join(workDir, 'earlier-builds', `${project}.${service}`);
  const memory = read(notes);
  const known = new Set(memory?.seen);
  const times = new Map<string, number>();
  const all = new Map<string, number>();
  const safe = new Map<string, number>();
  for (const file of files) {
    const print = fingerprint(file);
    const before = memory?.settled.get(print);
    const time = before ?? now;
    times.set(file.path, time);
    all.set(print, time);
    if (memory !== undefined && (before !== undefined || !known.has(print))) safe.set(print, time);
  }
  for (const print of all.keys()) known.add(print);
  write(notes, { seen: [...known].slice(-MAX_SEEN), settled: safe });
  return {
    wentBack: safe.size < all.size,
    timeOf: (path) => times.get(path) ?? now,
    end: () => write(notes, { seen: read(notes)?.seen ?? [], settled: all }),
  };
}

function fingerprint({ mode, id, path }: CommittedFile): string {
  return createHash('sha256').update(`${mode} ${id} ${path}`).digest('base64url').slice(0, 16);
}

/** Nothing, when it cannot be read: the next builds fill it again. */
function read(notes: string): Memory | undefined {
  try {
    const [seen = '', settled = ''] = readFileSync(notes, 'utf8').split('\n');
    const pairs = words(settled).map((pair) => [pair.slice(0, 16), Number(pair.slice(17))] as const);
    return { seen: words(seen), settled: new Map(pairs) };
  } catch {
    return undefined;
  }
}

const words = (line: string): readonly string[] => line.split(' ').filter(Boolean);

function write(notes: string, { seen, settled }: Memory): void {
  mkdirSync(dirname(notes), { recursive: true });
  const pairs = [...settled].map(([print, time]) => `${print}=${time}`);
  writeFileSync(`${notes}.new`, `${seen.join(' ')}\n${pairs.join(' ')}\n`);
  renameSync(`${notes}.new`, notes);
}
