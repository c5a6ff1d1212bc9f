/** One question to one service: does it answer as its health settings say? */
import { connect } from 'node:net';
import { Client, errors, type Dispatcher } from 'undici';
import { failureOf } from '../../contracts/core/failures.ts';
import type { Secret } from '../../contracts/core/secret.ts';
import type { HealthSettings } from '../../contracts/config/service.ts';
import { firstPart } from '../../contracts/core/text.ts';
import { quoted, readSome, readUntil, type AnswerBody } from './answer-body.ts';

export interface ProbeOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Values to mask in the service's answer or its own check's output; without them the text is left out. */
  readonly secrets?: readonly Secret[];
}

/** The address at which a service is reached. */
export interface ProbeAddress {
  readonly address: string;
  readonly port: number;
  /** Over TLS, under this name. Whichever certificate is shown says nothing of the service. */
  readonly serverName?: string;
  /** The way to it, where no connection can be made to the address itself. */
  readonly way?: ProbeWay;
}

/**
 * Asks the service on behalf of a probe, and gives its own answer.
 * @throws a failure with a name, which a probe passes on; any other error counts as no answer
 */
export type ProbeWay = (question: {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}) => Promise<Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>>;

/** `null`: healthy. Otherwise the request and the answer, for people. */
export type ProbeResult = string | null;

/** The wait for the body of an answer that is wrong already: it only explains. */
const EXPLAINING_MS = 250;

/**
 * One GET. It follows no redirects, and reports only a redirect's host: its query may hold a token. The result names
 * the request and the answer, with the beginning of the body if `secrets` holds the values to mask.
 *
 * @throws the signal's reason when aborted, and the failures of the way to it; nothing else, whatever the service does
 */
export async function probeHttp(
  { address, port, serverName, way }: ProbeAddress,
  { path, host, status, expect }: Pick<HealthSettings, 'path' | 'host' | 'status' | 'expect'>,
  { signal, timeoutMs, secrets }: ProbeOptions,
): Promise<ProbeResult> {
  const origin = `${serverName === undefined ? 'http' : 'https'}://${address.includes(':') ? `[${address}]` : address}:${port}`;
  const asked = `GET ${origin}${path}`;
  const { ask, close } = way ? { ask: way, close: ignore } : directWay(origin, serverName);
  const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const { statusCode, headers, body } = await ask({
      path,
      headers: {
        ...(host !== undefined && { host }),
        'user-agent': 'landfall-health',
        'accept-encoding': 'identity',
        connection: 'close',
      },
      signal: within,
    });
    body.on('error', ignore);
    const answered = `${asked} (Host: ${host ?? `${address}:${port}`}) answered ${statusCode}`;
    const saying = (read: AnswerBody, or: string) => {
      const said = secrets && quoted(read, secrets);
      return said === undefined ? or : `. Its body begins: ${said}`;
    };
    if (statusCode !== status) {
      const to = locationHost(headers['location']);
      const short = AbortSignal.any([within, AbortSignal.timeout(EXPLAINING_MS)]);
      const read = to === undefined && secrets ? await readSome(body, short) : undefined;
      body.destroy();
      signal.throwIfAborted();
      return `${answered}${to ? ` to ${to}` : ''}, not ${status}${read ? saying(read, '') : ''}`;
    }
    if (expect === undefined) {
      body.destroy();
      return null;
    }
    const read = await readUntil(body, expect, within);
    signal.throwIfAborted();
    if (read === null) return null;
    const coding = headers['content-encoding'];
    if (coding !== undefined && coding !== 'identity') {
      return `${answered}, and its body is encoded (${firstPart(String(coding), 40)}), although the request allows none, so ${JSON.stringify(expect)} is not found in it`;
    }
    return `${answered}, ${missing(read, expect, timeoutMs)}${saying(read, '')}`;
  } catch (error) {
    signal.throwIfAborted();
    if (failureOf(error)) throw error;
    return `${asked}${host === undefined ? '' : ` (Host: ${host})`} ${reason(error, timeoutMs)}`;
  } finally {
    await close();
  }
}

/**
 * A connection of its own: one that was kept open might lead to the container that had this port before. The time is kept
 * by the signal alone: undici's own limits ring up to half a second early (its timers go by a coarse clock).
 */
function directWay(origin: string, serverName: string | undefined) {
  const client = new Client(origin, {
    connect: { timeout: 0, ...(serverName !== undefined && { servername: serverName, rejectUnauthorized: false }) },
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const ask: ProbeWay = async (question) => client.request({ ...question, method: 'GET' });
  return { ask, close: async () => client.destroy().catch(ignore) };
}

function missing({ bytes, ended }: AnswerBody, expect: string, timeoutMs: number): string {
  const wanted = JSON.stringify(expect);
  if (ended === 'time') return `and what came of its body within ${timeoutMs} ms does not hold ${wanted}`;
  if (ended === 'limit') return `and the first ${bytes.length} bytes of its body do not hold ${wanted}`;
  return bytes.length === 0 ? `with no body, which should hold ${wanted}` : `and its body does not hold ${wanted}`;
}

/**
 * The port accepts a connection and keeps it for a moment: a proxy accepts first and only then finds no server behind
 * it.
 */
export async function probeTcp(
  { address, port }: Pick<ProbeAddress, 'address' | 'port'>,
  { signal, timeoutMs }: ProbeOptions,
): Promise<ProbeResult> {
  const asked = `Connecting to ${address}:${port}`;
  const result = await new Promise<ProbeResult>((resolve) => {
    const socket = connect({ host: address, port, signal, timeout: timeoutMs })
      .once('connect', () => {
        socket.setTimeout(KEPT_MS);
        socket.removeAllListeners('timeout').once('timeout', () => {
          resolve(null);
          socket.destroy();
        });
      })
      .once('data', () => {
        resolve(null);
        socket.destroy();
      })
      .once('timeout', () => {
        resolve(`${asked} was not answered within ${timeoutMs} ms`);
        socket.destroy();
      })
      .once('error', (error) => {
        resolve(`${asked} ${reason(error, timeoutMs)}`);
      })
      .once('close', () => {
        resolve(`${asked} succeeded and was closed at once`);
      });
  });
  signal.throwIfAborted();
  return result;
}

/** Long enough for a proxy on the same host to be refused by what is behind it. */
const KEPT_MS = 100;

function locationHost(location: string | string[] | undefined): string | undefined {
  const first = Array.isArray(location) ? location[0] : location;
  return first === undefined ? undefined : URL.canParse(first) ? new URL(first).host : 'another path';
}

function reason(error: unknown, timeoutMs: number): string {
  const { name, code, message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'was refused: nothing listens there (yet)';
  if (code === 'ECONNRESET' || error instanceof errors.SocketError) return 'was cut off without an answer';
  if (name === 'TimeoutError' || /TIMEOUT/.test(code ?? '')) return `was not answered within ${timeoutMs} ms`;
  return `failed: ${message}`;
}

const ignore = () => undefined;
