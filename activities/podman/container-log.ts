/** What a container has printed, as the engine keeps it (libpod API v4, "containers", logs). All of it is bounded. */
import { setTimeout as sleep } from 'node:timers/promises';
import { lastPart } from '../../contracts/core/text.ts';
import type { PodmanClient } from './client.ts';

/** Enough to explain an end; what it printed may have no line ends at all. */
const MOST_BYTES = 256 * 1024;
/** Podman 4 reads the whole file for its last lines: a second for 10 MB, many on a busy host, minutes where nothing limits it. */
const READ_MS = 20_000;
const MOST_LOOKS = 5;
const LOOK_AGAIN_MS = 100;

/**
 * The end of its log: the last lines that it has printed since then, oldest first, 256 KiB at most.
 *
 * @throws what {@link PodmanClient} throws, and `TimeoutError` for a log that the engine cannot read in time
 */
export async function endOfLog(podman: PodmanClient, path: string, wanted: Wanted): Promise<string> {
  let end = await readEnd(podman, path, wanted);
  // Whoever writes the log may be behind a container that has ended: what is the same twice is all of it.
  for (let looks = 1; looks < MOST_LOOKS; looks += 1) {
    await sleep(LOOK_AGAIN_MS);
    const now = await readEnd(podman, path, wanted);
    if (now === end && now !== '') break;
    end = now;
  }
  return end;
}

interface Wanted {
  readonly since: Date;
  /** In lines. */
  readonly tail: number;
}

async function readEnd(podman: PodmanClient, path: string, { since, tail }: Wanted): Promise<string> {
  const query = { stdout: true, stderr: true, since: since.toISOString(), tail };
  const payloadsOf = createDemultiplexer();
  let kept: Buffer[] = [];
  let bytes = 0;
  let dropped = false;
  const late = AbortSignal.timeout(READ_MS);
  for await (const chunk of podman.chunks('GET', path, { query, signal: late })) {
    for (const payload of payloadsOf(chunk)) {
      kept.push(payload);
      bytes += payload.length;
    }
    // Twice as much, so that it is copied rarely.
    if (bytes <= 2 * MOST_BYTES) continue;
    kept = [Buffer.concat(kept).subarray(-MOST_BYTES)];
    bytes = MOST_BYTES;
    dropped = true;
  }
  // A stream that was broken off may end as if it were whole, before what was said last.
  late.throwIfAborted();
  const text = Buffer.concat(kept).toString('utf8');
  const end = lastPart(text, MOST_BYTES);
  // The rest of a line may be the rest of a secret, which masking would not know.
  const firstEnd = end.indexOf('\n');
  return (dropped || end.length < text.length) && firstEnd >= 0 ? end.slice(firstEnd + 1) : end;
}

/** What it says, from the beginning until it ends, in pieces that may be cut anywhere between two characters. */
export async function* followLog(podman: PodmanClient, path: string, signal: AbortSignal): AsyncGenerator<string> {
  const query = { stdout: true, stderr: true, follow: true };
  const payloadsOf = createDemultiplexer();
  const decoder = new TextDecoder();
  for await (const chunk of podman.chunks('GET', path, { query, signal })) {
    const text = payloadsOf(chunk)
      .map((payload) => decoder.decode(payload, { stream: true }))
      .join('');
    if (text !== '') yield text;
  }
}

const HEADER_BYTES = 8;

/**
 * Frames of 8 bytes header (stream, 3 × 0, length big-endian) and payload (Docker Engine API, "Attach", stream format).
 * A payload is handed on as it comes: one may be as long as the longest line.
 */
export function createDemultiplexer(): (chunk: Uint8Array) => Buffer[] {
  let header: Buffer = Buffer.alloc(0);
  let left = 0;
  return (chunk) => {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const payloads: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      if (left > 0) {
        const payload = bytes.subarray(at, at + left);
        payloads.push(payload);
        at += payload.length;
        left -= payload.length;
        continue;
      }
      const more = bytes.subarray(at, at + HEADER_BYTES - header.length);
      header = Buffer.concat([header, more]);
      at += more.length;
      if (header.length < HEADER_BYTES) break;
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
    return payloads;
  };
}
