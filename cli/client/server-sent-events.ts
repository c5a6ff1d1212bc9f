import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { EventSourceMessage } from 'eventsource-parser/stream';

/** More than any event of ours; a server that sends more without an end is none of ours. */
const MAX_CHARACTERS = 1_000_000;

/**
 * The server-sent events of a response's body, complete ones only: one cut off by the end of the connection is not given
 * out. An `event` of `undefined` is a plain message. The stream errors on one that is longer than a million characters.
 */
export const readEvents = (body: ReadableStream<Uint8Array>): ReadableStream<EventSourceMessage> =>
  body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream({ maxBufferSize: MAX_CHARACTERS }));
