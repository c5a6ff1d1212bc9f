/** A log as it is written, over any number of connections. */
import { setTimeout as delay } from 'node:timers/promises';
import { jsonOf } from '../../contracts/core/json.ts';
import { LogLine } from '../../contracts/deployment/logs.ts';
import { CliError, errorText } from '../cli-error.ts';
import type { Http } from './http.ts';
import { Unreachable } from './http.ts';
import { readEvents } from './server-sent-events.ts';

export interface FollowLogOptions {
  readonly signal: AbortSignal;
  readonly onLine: (line: LogLine) => void;
  /** Called once for each lost connection, not again until lines come. */
  readonly onLost: (why: string) => void;
}

/** The server sends something every 15 s at least; a connection that is silent for this long is dead. */
const SILENCE_MS = 60_000;
/** Doubles with every attempt in vain. */
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 10_000;
/** About five minutes: longer than a restart of the server takes. */
const MAX_ATTEMPTS = 30;

/**
 * Hands out every line once and in order, and resolves when the log has ended. After a lost connection it asks for what
 * follows the last line that it handed out (`Last-Event-ID`).
 *
 * @throws CliError when there is no such log, or the server stays away.
 */
export async function printLog(http: Http, path: string, options: FollowLogOptions): Promise<void> {
  const { signal, onLost } = options;
  const position: Position = { last: undefined };
  let attempts = 0;
  for (;;) {
    const before = position.last;
    let why = 'the connection ended before the log did';
    try {
      if (await readOnce(http, path, position, options)) return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof CliError && !(error instanceof Unreachable)) throw error;
      why = errorText(error);
    }
    attempts = position.last === before ? attempts + 1 : 1;
    if (attempts === 1) onLost(why);
    if (attempts > MAX_ATTEMPTS) {
      throw new CliError(
        http.wanted,
        `the server stayed away (${why})`,
        'Ask again later: nothing of the log is lost.',
      );
    }
    await delay(Math.min(FIRST_WAIT_MS * 2 ** (attempts - 1), MAX_WAIT_MS), undefined, { signal });
  }
}

interface Position {
  last: string | undefined;
}

/** @returns true when the log has ended */
async function readOnce(
  http: Http,
  path: string,
  position: Position,
  { signal, onLine }: FollowLogOptions,
): Promise<boolean> {
  const silence = new AbortController();
  const giveUp = () => silence.abort(new Error(`the server sent nothing for ${String(SILENCE_MS / 1000)} s`));
  const timer = setTimeout(giveUp, SILENCE_MS);
  try {
    const from = position.last === undefined ? {} : { 'last-event-id': position.last };
    const response = await http.stream(
      `${path}?follow=1`,
      { accept: 'text/event-stream', ...from },
      AbortSignal.any([signal, silence.signal]),
    );
    if (!response.body) return false;
    const heard = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        timer.refresh();
        controller.enqueue(chunk);
      },
    });
    for await (const { id, event, data } of readEvents(response.body.pipeThrough(heard))) {
      if (event === 'end') return true;
      // Ids are offsets. A server (or a proxy) that starts over sends again what we have.
      if (event !== undefined || Number(id) <= Number(position.last)) continue;
      onLine(parseLine(data));
      position.last = id ?? position.last;
    }
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** @throws CliError, because asking again would not help. */
function parseLine(data: string): LogLine {
  const line = LogLine.safeParse(jsonOf(data));
  if (line.success) return line.data;
  throw new CliError(
    'Follow the log',
    'a line is not in the form that this version of the command line knows',
    'Install the version of Landfall that the server runs.',
    { cause: line.error },
  );
}
