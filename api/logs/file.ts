import { join } from 'node:path';
import { type LogStream, logStream } from '../../contracts/deployment/logs.ts';

/**
 * The path of a log. The id can climb nowhere: it has no slash, and a dot only inside (`ID` in contracts/core/ids.ts).
 */
export const logFile = (dir: string, { kind, id }: LogStream): string => join(dir, `${logStream(kind, id)}.log`);
