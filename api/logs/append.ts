import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type LogLine, formatLines } from '../../contracts/deployment/logs.ts';

/** One log's limit: a build that prints for ever must not fill the disk of the control plane. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/**
 * Appends whole lines in one write; a line that a crash tore off before stays a line of its own.
 *
 * @returns `false` when the log is full; nothing was written then
 * @throws what the file system throws: the sender keeps the lines and tries again
 */
export async function appendLog(file: string, lines: readonly LogLine[]): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'a+');
  try {
    const { size } = await handle.stat();
    const text = formatLines(lines);
    if (size + Buffer.byteLength(text) > MAX_FILE_BYTES) return false;
    const { buffer } = await handle.read({ buffer: Buffer.alloc(1), position: Math.max(0, size - 1) });
    const isTorn = size > 0 && buffer.toString() !== '\n';
    await handle.appendFile(isTorn ? `\n${text}` : text);
    return true;
  } finally {
    await handle.close();
  }
}
