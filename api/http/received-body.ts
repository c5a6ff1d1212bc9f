/** The bytes of a body while it arrives: small ones in memory, large ones in a file without a name. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createSegments, freeMemory } from './segments.ts';

export interface ReceivedBody {
  /** Bytes, as announced. */
  readonly length: number;
  /** The open file of a large one. */
  readonly fd: number | undefined;
  /**
   * Takes the chunk over: its memory is given back.
   *
   * @returns `false` when there are more of them than were announced; nothing is kept then
   */
  append(chunk: Uint8Array): Promise<boolean>;
  /** All of it in memory. */
  read(): Promise<Buffer>;
  /** Gives memory and file back. May be called twice. */
  free(): Promise<void>;
}

/** @param length - bytes */
export function inMemory(length: number): ReceivedBody {
  const segments = createSegments(length);
  return {
    length,
    fd: undefined,
    append: async (chunk) => segments.append(chunk),
    read: async () => segments.join(),
    free: async () => segments.free(),
  };
}

/**
 * The file loses its name at once, so that nothing is left of it however this process ends.
 *
 * @throws what the file system says: no space, no right
 */
export async function inFile(dir: string, length: number): Promise<ReceivedBody> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, `${randomUUID()}.body`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  let at = 0;
  let freed: Promise<void> | undefined;
  return {
    length,
    fd: file.fd,
    async append(chunk) {
      if (chunk.length > length - at) return false;
      for (let from = 0; from < chunk.length;) {
        const { bytesWritten } = await file.write(chunk, from, chunk.length - from, at);
        from += bytesWritten;
        at += bytesWritten;
      }
      freeMemory(chunk);
      return true;
    },
    async read() {
      const bytes = Buffer.allocUnsafeSlow(length);
      const { bytesRead } = await file.read(bytes, 0, length, 0);
      return bytes.subarray(0, bytesRead);
    },
    // Waits for a write that is under way.
    free: async () => (freed ??= file.close()),
  };
}
