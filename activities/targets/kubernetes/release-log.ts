/** The output of a release command on its way to the deployment's log. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StepLog } from '../../logs/step-log.ts';
import type { KubernetesPlace } from './place.ts';

/** The API server, or a proxy before it, ends a stream that is silent for long. */
const AGAIN_MS = 1_000;

interface Relayed {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly log: StepLog;
  /** True when the command has ended: its log is read once more, and that is all of it. */
  readonly isOver: () => boolean;
  readonly signal: AbortSignal;
}

/** Follows it through every cut: each stream begins at the beginning again. A log that cannot be read hides nothing else. */
export async function relayLog({ client }: KubernetesPlace, relayed: Relayed): Promise<void> {
  const { namespace, pod, container, log, isOver, signal } = relayed;
  let told = 0;
  for (;;) {
    const isLast = isOver();
    let seen = 0;
    try {
      const stream = await client.followLog({ namespace, name: pod }, { container }, signal);
      stream.setEncoding('utf8');
      for await (const part of stream as AsyncIterable<string>) {
        seen += part.length;
        if (seen > told) await log.write(part.slice(-(seen - told)));
        told = Math.max(told, seen);
      }
      // Shorter than before: its node has begun a new file.
      told = seen;
    } catch {
      if (signal.aborted) return;
    }
    if (isLast) return;
    await sleep(isOver() ? 0 : AGAIN_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}
