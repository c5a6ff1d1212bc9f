import { open, type FileHandle } from 'node:fs/promises';
import { jsonOf } from '../../contracts/core/json.ts';
import { firstPart } from '../../contracts/core/text.ts';
import { LogLine, MAX_LOG_TEXT } from '../../contracts/deployment/logs.ts';

/** Some lines, and the offset in bytes behind the last one: where reading goes on, also after a reconnect. */
export interface LogChunk {
  readonly lines: readonly { readonly line: LogLine; readonly end: number }[];
  readonly end: number;
}

const CHUNK_BYTES = 64 * 1024;
/** Far above what a line may have; what is longer is no log of ours and is left out. */
const MAX_LINE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * The lines that are complete from `from` on. A file that does not exist yet is empty; an offset beyond the end
 * belongs to a file that was replaced, and reading starts over.
 */
export async function* readLog(file: string, from: number): AsyncGenerator<LogChunk> {
  const handle = await openIfThere(file);
  if (!handle) return;
  try {
    const { size } = await handle.stat();
    let offset = from > size ? 0 : from;
    let rest = Buffer.alloc(0);
    for (;;) {
      const { bytesRead, buffer } = await handle.read({
        buffer: Buffer.alloc(CHUNK_BYTES),
        position: offset + rest.length,
      });
      if (bytesRead === 0) return;
      const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const chunk = completeLines(bytes, offset);
      rest = bytes.subarray(chunk.end - offset);
      offset = chunk.end;
      if (rest.length > MAX_LINE_BYTES) {
        offset += rest.length;
        rest = Buffer.alloc(0);
      }
      if (chunk.lines.length > 0) yield chunk;
    }
  } finally {
    await handle.close();
  }
}

function completeLines(bytes: Buffer, offset: number): LogChunk {
  const lines: { line: LogLine; end: number }[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    if (end > start) lines.push({ line: parseLine(bytes.toString('utf8', start, end)), end: offset + end + 1 });
    start = end + 1;
  }
  return { lines, end: offset + start };
}

/** A line that a crash tore is shown as it is: better than hiding that something was there. */
function parseLine(text: string): LogLine {
  const parsed = LogLine.safeParse(jsonOf(text));
  return parsed.success ? parsed.data : { at: 0, source: 'landfall', text: firstPart(text, MAX_LOG_TEXT) };
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
