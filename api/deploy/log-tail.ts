import { stripVTControlCharacters } from 'node:util';
import { readLog } from '../logs/read.ts';
import { logFile } from '../logs/file.ts';

/** Enough to see what went wrong, few enough for a CI job's own log. */
const LINES = 50;

/** The last lines of a deployment's log; empty when it has none. */
export async function logTail(logDir: string, deploymentId: string): Promise<string[]> {
  let last: string[] = [];
  for await (const { lines } of readLog(logFile(logDir, { kind: 'deployment', id: deploymentId }), 0)) {
    const texts = lines.map(({ line }) => `${line.source}: ${stripVTControlCharacters(line.text)}`);
    last = [...last, ...texts].slice(-LINES);
  }
  return last;
}
