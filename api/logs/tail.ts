import { stripVTControlCharacters } from 'node:util';
import type { LogStream } from '../../contracts/deployment/logs.ts';
import { logFile } from './file.ts';
import { readLog } from './read.ts';

/** The last lines of a log, without escape codes; empty when there is none. */
export async function logTail(logDir: string, stream: LogStream, count: number): Promise<string[]> {
  let last: string[] = [];
  for await (const { lines } of readLog(logFile(logDir, stream), 0)) {
    const texts = lines.map(({ line }) => `${line.source}: ${stripVTControlCharacters(line.text)}`);
    last = [...last, ...texts].slice(-count);
  }
  return last;
}
