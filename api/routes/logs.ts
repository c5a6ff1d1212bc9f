/** A build's or deployment's log: read whole, followed live, and taken in from hosts. */
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { stream } from 'hono/streaming';
import { jsonOf } from '../../contracts/core/json.ts';
import {
  LOG_LINES_TYPE,
  LogLine,
  type LogStream,
  formatLines,
  parseLogStream,
} from '../../contracts/deployment/logs.ts';
import { queuesOfToken } from '../../contracts/core/queues.ts';
import { schemaSentence } from '../../contracts/core/schema-problems.ts';
import { event, lineEvents, retryEvent, streamEvents } from '../logs/server-sent-events.ts';
import { onStore } from '../../store/failures.ts';
import { findLogSource } from '../../store/queries/log-source.ts';
import { hasEnded } from '../../store/queries/release-views.ts';
import type { ApiEnv } from '../deps.ts';
import { appendLog } from '../logs/append.ts';
import { followLog } from '../logs/follow.ts';
import { readLog } from '../logs/read.ts';
import { logFile } from '../logs/file.ts';
import { HttpProblem } from '../http/problem.ts';
import { createRouter, problem, type RouteDeps } from './router.ts';
import { notFound } from '../http/problem.ts';

/** A host sends a few hundred lines at a time; escaped, they are still far smaller. */
const MAX_INTAKE_BYTES = 16 * 1024 * 1024;
/** The time after which a browser connects again when the connection breaks, in milliseconds. */
const RECONNECT_MS = 1_000;

const NAME_PARAM = z.object({ stream: z.string().openapi({ example: 'build-shop.web.42' }) });

const read = createRoute({
  method: 'get',
  path: '/{stream}',
  summary: 'A log, whole or live',
  description:
    'One JSON object a line. With follow=1 as server-sent events: each line is an event whose id is the offset to go on from (Last-Event-ID), and `end` comes when the build or deployment has ended.',
  request: {
    params: NAME_PARAM,
    query: z.object({ follow: z.enum(['0', '1']).default('0'), from: z.coerce.number().int().min(0).default(0) }),
    headers: z.object({ 'last-event-id': z.string().optional() }),
  },
  responses: {
    200: {
      description: 'The lines',
      content: { [LOG_LINES_TYPE]: { schema: z.string() }, 'text/event-stream': { schema: z.string() } },
    },
    404: problem('No such log'),
  },
});

const write = createRoute({
  method: 'post',
  path: '/{stream}',
  summary: "Append to a log (a host's own token)",
  request: {
    params: NAME_PARAM,
    body: { required: true, content: { [LOG_LINES_TYPE]: { schema: z.string() } } },
  },
  responses: {
    204: { description: 'Written' },
    403: problem('It does not run on this host'),
    404: problem('No host has begun such a build or deployment yet'),
    409: problem('It has ended'),
    413: problem('Too much at once, or the log is full'),
    422: problem('Not lines of a log'),
  },
});

/** Mounted at `/api/logs`. */
export function logRoutes(deps: RouteDeps) {
  const router = createRouter();
  router.use('/:stream', bodyLimit({ maxSize: MAX_INTAKE_BYTES, onError: tooLarge }));
  return router
    .openapi(read, async (c) => {
      const name = existingStream(c.req.valid('param').stream);
      const { follow, from } = c.req.valid('query');
      const ended = await hasEnded(deps.store.db, name.kind, name.id);
      const file = logFile(deps.logDir, name);
      if (ended === undefined && (await isEmpty(file)))
        throw notFound(`There is no ${name.kind} ${name.id}, and no log of it.`);
      return follow === '1' ? sendLive(c, deps, name, resumeAt(c, from)) : sendWhole(c, file, from);
    })
    .openapi(write, async (c) => {
      const name = existingStream(c.req.valid('param').stream);
      await assertWrites(deps, name, c.var.actor.name);
      const written = await appendLog(logFile(deps.logDir, name), parseLines(await c.req.text()));
      if (!written) throw new HttpProblem(413, 'LogFull', 'This log has reached its limit; the lines were not kept.');
      return c.body(null, 204);
    });
}

/** The last lines travel separately from the news of the end, and wait on their host while we are away. */
const LATE_MS = 15 * 60_000;

/**
 * Hosts write the logs of what they run, while they run it: logs are shown to people, and repeated to GitHub.
 *
 * @throws {HttpProblem} 404 for what is not known yet: its lines may come before the news of it; 403, 409 for good
 */
async function assertWrites({ store }: RouteDeps, { kind, id }: LogStream, host: string): Promise<void> {
  const source = await onStore(() => findLogSource(store.db, kind, id));
  if (!source) throw notFound(`There is no ${kind} ${id} that a host has begun.`);
  if (!queuesOfToken(host).some((queue) => source.queues.includes(queue))) {
    throw new HttpProblem(403, 'Forbidden', `The ${kind} ${id} does not run on ${host}, whose token this is.`);
  }
  if (source.endedAt !== null && Date.now() - source.endedAt.getTime() > LATE_MS) {
    throw new HttpProblem(409, 'AlreadyEnded', `The ${kind} ${id} has ended; its log is closed.`);
  }
}

function sendWhole(c: Context<ApiEnv>, file: string, from: number): Response {
  c.header('content-type', `${LOG_LINES_TYPE}; charset=utf-8`);
  return stream(c, async (out) => {
    for await (const { lines } of readLog(file, from)) {
      if (out.aborted) return;
      await out.write(formatLines(lines.map(({ line }) => line)));
    }
  });
}

function sendLive(c: Context<ApiEnv>, deps: RouteDeps, name: LogStream, from: number): Response {
  const gone = new AbortController();
  const signal = c.env.closing ? AbortSignal.any([gone.signal, c.env.closing]) : gone.signal;
  return streamEvents(c, async (out) => {
    out.onAbort(() => {
      gone.abort();
    });
    await out.write(retryEvent(RECONNECT_MS));
    const isOver = async () => (await hasEnded(deps.store.db, name.kind, name.id)) ?? false;
    const chunks = followLog({ file: logFile(deps.logDir, name), from, hasEnded: isOver, signal });
    for await (const chunk of chunks) await out.write(lineEvents(chunk));
    // A stream that the server itself breaks off has not ended: the browser goes on with the next one.
    if (!signal.aborted) await out.write(event('end', {}));
  });
}

/** A reconnecting browser says where it stopped; that is worth more than where it started. */
function resumeAt(c: Context<ApiEnv>, from: number): number {
  const last = c.req.header('last-event-id');
  return last !== undefined && /^\d{1,15}$/.test(last) ? Number(last) : from;
}

function existingStream(name: string): LogStream {
  const parsed = parseLogStream(name);
  if (!parsed) throw notFound('That is not the name of a log: build-<id> or deployment-<id>.');
  return parsed;
}

async function isEmpty(file: string): Promise<boolean> {
  for await (const { lines } of readLog(file, 0)) return lines.length === 0;
  return true;
}

function parseLines(text: string): LogLine[] {
  return text.split('\n').flatMap((raw, index) => {
    if (raw === '') return [];
    const line = LogLine.safeParse(jsonOf(raw));
    if (!line.success) {
      throw new HttpProblem(422, 'InvalidLog', `Line ${index + 1} is no log line. ${schemaSentence(line.error)}`);
    }
    return [line.data];
  });
}

function tooLarge(): never {
  throw new HttpProblem(413, 'TooLarge', `At most ${MAX_INTAKE_BYTES} bytes at once; send fewer lines.`);
}
