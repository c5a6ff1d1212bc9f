import { type LogLine, logStream } from '../../contracts/deployment/logs.ts';
import type { CapturedRun } from '../../contracts/deployment/target.ts';
import type { LogSink } from '../logs/log-sink.port.ts';

/** A place that writes into logs. */
interface Teller {
  readonly logs: LogSink;
  readonly now: () => number;
}

/** Says something to those who read the deployment's log. */
export async function tell(
  { logs, now }: Teller,
  { deploymentId }: Pick<CapturedRun, 'deploymentId'>,
  source: LogLine['source'],
  texts: readonly string[],
): Promise<void> {
  const at = now();
  const lines = texts.map((text) => ({ at, source, text }));
  if (lines.length > 0) await logs.append(logStream('deployment', deploymentId), lines);
}
