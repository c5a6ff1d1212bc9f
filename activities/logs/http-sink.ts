/** Logs sent to the control plane, for a host that does not share its disk. */
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { LOG_LINES_TYPE, type LogLine, formatLines, parseLogStream } from '../../contracts/deployment/logs.ts';
import type { Secret } from '../../contracts/core/secret.ts';
import { notALog } from './file-sink.ts';
import type { LogSink } from './log-sink.port.ts';

interface HttpLogSinkOptions {
  /** Landfall's own address, without a slash at its end. */
  readonly url: string;
  /** A token that may write logs. */
  readonly token: Secret;
  /** Called at every loss and every failed attempt; a log that cannot be sent never fails the work. */
  readonly onError?: (error: Error) => void;
  /** The most lines that wait for one stream; the oldest are dropped beyond. */
  readonly maxWaiting?: number;
  /** Wait after a failed attempt, in milliseconds; doubles up to sixteen times. */
  readonly retryMs?: number;
  /** For how long lines of a stream are kept that the other side does not know yet, in milliseconds. */
  readonly unknownForMs?: number;
}

class UnknownStream extends Error {}

export interface HttpLogSink extends LogSink {
  /** Sends what waits, for so long at most, and stops. */
  close(timeoutMs: number): Promise<void>;
}

/** One request; stays far below any server's body limit with lines of 16 KiB at most. */
const BATCH_LINES = 200;
const REQUEST_MS = 10_000;
/** Answers after which the same lines will not be taken next time either; later lines may be. */
const REFUSED: ReadonlySet<number> = new Set([400, 403, 409, 413, 422]);
/** The other side hears of a build beside its work, so its first lines may come too early. For so long, at most. */
const UNKNOWN_FOR_MS = 10 * 60_000;

interface Waiting {
  lines: LogLine[];
  dropped: number;
  sending: Promise<void> | undefined;
}

/**
 * `POST {url}/api/logs/{stream}` with one JSON {@link LogLine} a line (application/x-ndjson), in order, one request a
 * stream at a time. `append` returns at once. Lines whose answer was lost are sent again, so a line may appear twice.
 */
export function createHttpLogSink(options: HttpLogSinkOptions): HttpLogSink {
  const { url, token, onError = () => undefined, maxWaiting = 10_000, retryMs = 250 } = options;
  const { unknownForMs = UNKNOWN_FOR_MS } = options;
  const streams = new Map<string, Waiting>();
  const closing = new AbortController();

  async function post(stream: string, lines: readonly LogLine[]): Promise<void> {
    const answer = await request(`${url}/api/logs/${encodeURIComponent(stream)}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token.reveal()}`, 'content-type': LOG_LINES_TYPE },
      body: formatLines(lines),
      signal: AbortSignal.any([closing.signal, AbortSignal.timeout(REQUEST_MS)]),
    });
    await answer.body.dump();
    if (REFUSED.has(answer.statusCode)) {
      onError(new Error(`${url} will not take ${lines.length} log lines of ${stream}: ${answer.statusCode}`));
    } else if (answer.statusCode === 404) {
      throw new UnknownStream(`${url} does not know ${stream} yet`);
    } else if (answer.statusCode >= 300) {
      throw new Error(`${url} answered ${answer.statusCode}`);
    }
  }

  async function send(stream: string, waiting: Waiting): Promise<void> {
    let unknownSince: number | undefined;
    for (let failures = 0; waiting.lines.length > 0 && !closing.signal.aborted;) {
      const batch = waiting.lines.splice(0, BATCH_LINES);
      try {
        await post(stream, withLoss(batch, waiting.dropped));
        waiting.dropped = 0;
        failures = 0;
        unknownSince = undefined;
      } catch (error) {
        failures += 1;
        unknownSince = error instanceof UnknownStream ? (unknownSince ?? performance.now()) : undefined;
        if (unknownSince !== undefined && performance.now() - unknownSince > unknownForMs) {
          onError(new Error(`${batch.length} log lines of ${stream} were dropped`, { cause: error }));
          continue;
        }
        keep(waiting, [...batch, ...waiting.lines]);
        onError(new Error(`The log of ${stream} could not be sent to ${url}; trying again`, { cause: error }));
        await sleep(retryMs * 2 ** Math.min(failures - 1, 4), undefined, { signal: closing.signal }).catch(
          () => undefined,
        );
      }
    }
    streams.delete(stream);
    if (waiting.lines.length > 0) {
      onError(new Error(`${waiting.lines.length} log lines of ${stream} were not sent before the end`));
    }
  }

  function keep(waiting: Waiting, lines: LogLine[]): void {
    const tooMany = Math.max(0, lines.length - maxWaiting);
    waiting.dropped += tooMany;
    waiting.lines = lines.slice(tooMany);
  }

  return {
    async append(stream, lines) {
      if (!parseLogStream(stream)) {
        onError(notALog(stream));
        return;
      }
      if (lines.length === 0 || closing.signal.aborted) return;
      const waiting = streams.get(stream) ?? { lines: [], dropped: 0, sending: undefined };
      streams.set(stream, waiting);
      keep(waiting, [...waiting.lines, ...lines]);
      waiting.sending ??= send(stream, waiting);
    },
    async close(timeoutMs) {
      const all = Promise.all([...streams.values()].flatMap(({ sending }) => (sending ? [sending] : [])));
      await Promise.race([all, sleep(timeoutMs, undefined, { ref: false })]);
      closing.abort();
      await all;
    },
  };
}

function withLoss(lines: readonly LogLine[], dropped: number): readonly LogLine[] {
  if (dropped === 0) return lines;
  const at = lines[0]?.at ?? Date.now();
  return [{ at, source: 'landfall', text: `${dropped} lines were dropped here: the log could not be sent.` }, ...lines];
}
