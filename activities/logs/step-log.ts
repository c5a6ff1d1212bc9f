/** The output of one step of a build on its way to the log: masked, in order, bounded. */
import type { LogLine } from '../../contracts/deployment/logs.ts';
import type { Secret } from '../../contracts/core/secret.ts';
import type { LogSink } from './log-sink.port.ts';
import { createMasker } from './masker.ts';

/** One step may say so much. An endless loop in a Dockerfile must not fill the disk. */
const MAX_CHARACTERS = 32 * 1024 * 1024;
/** Lines waiting for a slow sink before the work itself has to wait. */
const MAX_WAITING = 2_000;

export interface StepLog {
  /** A piece of a program's output, cut anywhere. Waits when the sink is far behind. */
  write(text: string): Promise<void>;
  /** A sentence of our own. */
  say(text: string): Promise<void>;
  /** The program's last lines, masked. */
  tail(): readonly string[];
  /** Resolves when the sink has been given everything. */
  close(): Promise<void>;
}

interface StepLogOptions {
  readonly sink: LogSink;
  readonly stream: string;
  readonly source: LogLine['source'];
  readonly secrets?: readonly Secret[];
}

/** The number of lines that {@link StepLog.tail} remembers: the reason for a failed build is among them. */
const TAIL_LINES = 12;

export function createStepLog({ sink, stream, source, secrets = [] }: StepLogOptions): StepLog {
  const masker = createMasker(secrets);
  const tail: string[] = [];
  let waiting: LogLine[] = [];
  let sending: Promise<void> | undefined;
  let said = 0;

  // While one batch is on its way the next one gathers: slow sinks get larger batches, not more of them.
  const send = async () => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await sink.append(stream, batch);
    }
    sending = undefined;
  };
  const add = async (lines: readonly LogLine[]) => {
    if (lines.length === 0) return;
    waiting.push(...lines);
    sending ??= send();
    if (waiting.length > MAX_WAITING) await sending;
  };
  const record = (texts: readonly string[]) => {
    const lines: LogLine[] = [];
    for (const text of texts) {
      tail.push(text);
      if (tail.length > TAIL_LINES) tail.shift();
      if (said > MAX_CHARACTERS) continue;
      said += text.length + 1;
      lines.push({ at: Date.now(), source, text });
      if (said > MAX_CHARACTERS) {
        lines.push({
          at: Date.now(),
          source: 'landfall',
          text: `The log is full (${MAX_CHARACTERS} characters); what follows is not kept.`,
        });
      }
    }
    return add(lines);
  };

  return {
    write: (text) => record(masker.write(text)),
    async say(text) {
      await record(masker.end());
      await add([{ at: Date.now(), source: 'landfall', text }]);
    },
    tail: () => tail,
    async close() {
      await record(masker.end());
      await sending;
    },
  };
}
