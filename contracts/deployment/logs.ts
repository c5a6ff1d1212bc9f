/** A log: its name, its lines, and how they are kept and sent. */
import { z } from 'zod';
import { ID } from '../core/ids.ts';

/** The most that one line holds. */
export const MAX_LOG_TEXT = 64 * 1024;

/** One line of a build's or deployment's log, as it is kept (one JSON object a line) and streamed. */
export const LogLine = z
  .object({
    at: z.int().nonnegative().describe('Its time, in milliseconds since the epoch'),
    source: z
      .enum(['landfall', 'git', 'build', 'push', 'deploy', 'release', 'health'])
      .describe("Its author: landfall itself, or the step's tool"),
    text: z
      .string()
      .max(MAX_LOG_TEXT)
      .describe('Without its line end, secrets masked. Escape codes may remain: strip them at display.'),
  })
  .readonly();
export type LogLine = z.infer<typeof LogLine>;

/** The media type of {@link formatLines} (https://github.com/ndjson/ndjson-spec). */
export const LOG_LINES_TYPE = 'application/x-ndjson';

/** Lines as they are kept and sent. */
export const formatLines = (lines: readonly LogLine[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');

const KINDS = ['build', 'deployment'] as const;

/** The subject of a log. */
export interface LogStream {
  readonly kind: (typeof KINDS)[number];
  readonly id: string;
}

/** The name of the log of one build or one deployment. Also its file's name, hence no `/`. */
export const logStream = (kind: LogStream['kind'], id: string): string => `${kind}-${id}`;

/** A name that {@link logStream} made, taken apart; `undefined` for anything that is not a log's name. */
export function parseLogStream(name: string): LogStream | undefined {
  const kind = KINDS.find((one) => name.startsWith(`${one}-`));
  if (kind === undefined) return undefined;
  const id = name.slice(kind.length + 1);
  return ID.test(id) ? { kind, id } : undefined;
}
