/** A container's output, as the engine keeps it (libpod API v4, "containers", logs). All reads are bounded. */
import { setTimeout as sleep } from 'node:timers/promises';
import { lastPart } from '../../contracts/core/text.ts';
import type { PodmanCall, PodmanClient } from './client.ts';

/** Enough to explain an end; what it printed may have no line ends at all. */
const MOST_BYTES = 256 * 1024;
/** All looks together. A log of 10 MB takes a second, and several on a busy host. */
const READ_MS = 20_000;
/** An unlimited file may take minutes: then only its last lines are requested, which Podman does badly. */
const WHOLE_MS = 10_000;
const MOST_LOOKS = 5;
const LOOK_AGAIN_MS = 100;

/**
 * The end of its log: the last lines that it has printed since then, oldest first, 256 KiB at most.
 *
 * @throws what {@link PodmanClient} throws, `TimeoutError` for a log that the engine cannot read in time, the signal's reason
 */
export async function endOfLog(podman: PodmanClient, path: string, wanted: LogWindow): Promise<string> {
  const late = performance.now() + READ_MS;
  const look = async () => lastLines(await readWhole(podman, path, wanted), wanted.tail);
  let end = await look();
  // The writer of the log has ended before the engine reports the container's end. A later run may have pushed that
  // output out of a log of limited size: then the later run's output is the best there is.
  if (wanted.until !== undefined) return end === '' ? endOfLog(podman, path, { ...wanted, until: undefined }) : end;
  // Otherwise it may be behind a container that has ended: what is the same twice is all of it.
  for (let looks = 1; looks < MOST_LOOKS && performance.now() < late; looks += 1) {
    await sleep(LOOK_AGAIN_MS, undefined, { signal: wanted.signal });
    const now = await look();
    if (now === end && now !== '') break;
    end = now;
  }
  return end;
}

export interface LogWindow {
  readonly since: Date;
  /** Leaves out the output of a later run of the same container, which is in the same log. */
  readonly until?: Date | undefined;
  /** In lines. */
  readonly tail: number;
  /** Ends the reading when the caller stops waiting. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the whole log and keeps its end. A request for the last lines alone does not do: when they are pieces of an
 * unfinished line, Podman 4 returns nothing, after a minute.
 */
async function readWhole(
  podman: PodmanClient,
  path: string,
  { since, until, tail, signal }: LogWindow,
): Promise<string> {
  const query = {
    stdout: true,
    stderr: true,
    since: since.toISOString(),
    until: until?.toISOString(),
  };
  try {
    return await readEnd(podman, path, query, within(WHOLE_MS, signal));
  } catch (error) {
    if ((error as Error).name !== 'TimeoutError' || signal?.aborted === true) throw error;
    return readEnd(podman, path, { ...query, tail }, within(READ_MS, signal));
  }
}

const within = (ms: number, signal: AbortSignal | undefined): AbortSignal =>
  AbortSignal.any([AbortSignal.timeout(ms), ...(signal ? [signal] : [])]);

function lastLines(text: string, most: number): string {
  let at = text.endsWith('\n') ? text.length - 1 : text.length;
  for (let lines = 0; lines < most && at >= 0; lines += 1) at = at === 0 ? -1 : text.lastIndexOf('\n', at - 1);
  return text.slice(at + 1);
}

async function readEnd(
  podman: PodmanClient,
  path: string,
  query: NonNullable<PodmanCall['query']>,
  signal: AbortSignal,
): Promise<string> {
  const payloadsOf = createDemultiplexer();
  let kept: Buffer[] = [];
  let bytes = 0;
  let dropped = false;
  for await (const chunk of podman.chunks('GET', path, { query, signal })) {
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
  // A broken stream may end as if it were whole, before the last output.
  signal.throwIfAborted();
  const text = Buffer.concat(kept).toString('utf8');
  const end = lastPart(text, MOST_BYTES);
  // The rest of a line may be the rest of a secret, which masking would not know.
  const firstEnd = end.indexOf('\n');
  return (dropped || end.length < text.length) && firstEnd >= 0 ? end.slice(firstEnd + 1) : end;
}

/** Follows the output from its beginning to its end, in pieces that may be cut anywhere between two characters. */
export async function* followContainerLog(
  podman: PodmanClient,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
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
