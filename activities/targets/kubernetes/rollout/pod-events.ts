import type { CoreV1Event, V1Pod } from '@kubernetes/client-node';

/** The warnings about a pod, the newest last. */
export function warningsOf({ metadata }: V1Pod, events: readonly CoreV1Event[]): readonly CoreV1Event[] {
  return events
    .filter(({ type, involvedObject: of }) => type === 'Warning' && of.kind === 'Pod' && of.name === metadata?.name)
    .filter(({ involvedObject: of }) => of.uid === undefined || of.uid === metadata?.uid)
    .toSorted((one, other) => timeOf(one) - timeOf(other));
}

/** An event that was repeated tells its last time in one of two ways. */
function timeOf({ series, lastTimestamp, eventTime, firstTimestamp }: CoreV1Event): number {
  const time = Date.parse(String(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp));
  return Number.isNaN(time) ? 0 : time;
}

/** The words of the last warning for one of these reasons; empty when there is none. */
export const lastWarning = (warnings: readonly CoreV1Event[], reasons: readonly string[]): string =>
  warnings.findLast(({ reason, message }) => reasons.includes(reason ?? '') && (message ?? '') !== '')?.message ?? '';
