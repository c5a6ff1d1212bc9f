/** Bytes of a known number, in pieces of memory that are taken as they arrive and given back at once. */

export interface Segments {
  /**
   * Takes the chunk over: its memory is given back.
   *
   * @returns `false` when there are more of them than were announced; nothing is kept then
   */
  append(chunk: Uint8Array): boolean;
  /** All of them as one buffer, which `free` does not touch. */
  join(): Buffer;
  /** Gives the memory back now: the garbage collector would wait for tens of megabytes. May be called twice. */
  free(): void;
}

const SEGMENT_BYTES = 1024 * 1024;

export function createSegments(length: number): Segments {
  let segments: Buffer[] = [];
  let at = 0;
  return {
    append(chunk) {
      if (chunk.length > length - at) return false;
      for (let from = 0; from < chunk.length;) {
        const offset = at % SEGMENT_BYTES;
        if (offset === 0) segments.push(Buffer.allocUnsafeSlow(Math.min(SEGMENT_BYTES, length - at)));
        const segment = segments.at(-1) as Buffer;
        const part = chunk.subarray(from, from + segment.length - offset);
        segment.set(part, offset);
        from += part.length;
        at += part.length;
      }
      freeMemory(chunk);
      return true;
    },
    join: () => Buffer.concat(segments, at),
    free() {
      segments.forEach(freeMemory);
      segments = [];
      at = 0;
    },
  };
}

/** Detaching an ArrayBuffer frees what it holds (ECMAScript, ArrayBuffer.prototype.transfer), unless others have a part in it. */
export function freeMemory({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
