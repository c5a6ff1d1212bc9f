import { join } from 'node:path';

/** A log's name as `logStream` (contracts/core/ids.ts) makes it, taken apart again. */
export interface Stream {
  readonly kind: 'build' | 'deployment';
  readonly id: string;
}

/** Nothing in it that a path could climb by: no slash, and a dot only inside. */
const STREAM = /^(build|deployment)-([a-z0-9](?:[a-z0-9.-]{0,198}[a-z0-9])?)$/;

/** `undefined` for anything that is not a log's name. */
export function parseStream(name: string): Stream | undefined {
  const [, kind, id] = STREAM.exec(name) ?? [];
  if (id === undefined) return undefined;
  return { kind: kind === 'build' ? 'build' : 'deployment', id };
}

export const logFile = (dir: string, { kind, id }: Stream): string => join(dir, `${kind}-${id}.log`);
