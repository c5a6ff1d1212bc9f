/** Files of a container, looked at from outside (libpod API v4, "containers", archive): nothing in it is run. */
import { PodmanError, type PodmanClient } from './client.ts';

const LOOK_MS = 10_000;
const BLOCK = 512;
/** Field of a tar header (POSIX ustar): size in octal, and what kind of entry it is. */
const SIZE = { start: 124, end: 136 } as const;
const TYPE = 156;
/** An ordinary file, in its two spellings; headers that only say more of the next entry (pax, GNU). */
const FILE: ReadonlySet<string> = new Set(['0', '\0']);
const ABOUT_NEXT: ReadonlySet<string> = new Set(['x', 'g', 'L', 'K']);
/** Headers before the file's own are far smaller. */
const MOST_BEFORE = 64 * 1024;

/**
 * The first bytes of a file; links are followed within the container.
 *
 * @param path - of the container's own API, without a verb
 * @returns `undefined` when there is no such file, `null` when it is no ordinary one
 */
export async function headOfFile(
  podman: PodmanClient,
  path: string,
  { file, bytes, signal }: { readonly file: string; readonly bytes: number; readonly signal: AbortSignal },
): Promise<Buffer | null | undefined> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]);
  let archive: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of podman.chunks('GET', `${path}/archive`, { query: { path: file }, signal: limit })) {
      archive = Buffer.concat([archive, chunk]);
      if (archive.length >= MOST_BEFORE + bytes) break;
      const head = firstFile(archive, bytes);
      if (head === null || (head && head.length === bytes)) return head;
    }
  } catch (error) {
    if (error instanceof PodmanError && error.status === 404) return undefined;
    throw error;
  }
  return firstFile(archive, bytes) ?? null;
}

/** The part of the first file that has arrived; `undefined` before it begins. */
function firstFile(archive: Buffer, bytes: number): Buffer | null | undefined {
  for (let at = 0; at + BLOCK <= archive.length;) {
    const type = String.fromCharCode(archive[at + TYPE] ?? 0);
    const size = Number.parseInt(archive.toString('latin1', at + SIZE.start, at + SIZE.end), 8);
    if (FILE.has(type)) {
      return archive.subarray(at + BLOCK, at + BLOCK + Math.min(size, bytes));
    }
    if (!ABOUT_NEXT.has(type) || !(size >= 0)) return null;
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}
